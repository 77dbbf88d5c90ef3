import type { Logger } from 'pino';
import type { ConsulClient } from '../consul/index.ts';
import type { Contracts } from '../contracts/index.ts';

export interface ControlPlaneOptions {
  /** Where to serve xDS: loopback `host:port`, or `unix:path`. Default: 127.0.0.1:18000; port 0: a free one. */
  readonly listen?: string;
  /** Where to serve health, metrics and status. Default: 127.0.0.1:18001; port 0: a free one. */
  readonly admin?: string;
  /** Default: as the environment says (CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN). */
  readonly consul?: ConsulClient;
  /** Default: the image of WEFT_CONTRACTS, else the one that `make generate` wrote. */
  readonly contracts?: Contracts;
  /** Origins whose pages may call through the edge. Default: any ("*"). */
  readonly corsOrigins?: readonly string[];
  /** Default: JSON lines to standard output, from level info. */
  readonly log?: Logger;
}
