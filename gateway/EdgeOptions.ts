import type { CallerOptions } from './access/callerFilter.ts';

/** Where the edge listens, who it is, who tells it where things are, and who may come in. */
export interface EdgeOptions extends CallerOptions {
  /** IP address of the public listener. */
  readonly address: string;
  /** Port of the public listener: REST, server-sent events, gRPC and gRPC-Web. */
  readonly port: number;
  /** Port of Envoy's admin interface, on 127.0.0.1. */
  readonly adminPort: number;
  /** The host's control planes, on loopback; another is tried when one is gone. */
  readonly controlPlanes: readonly HostPort[];
  /** Absolute path of the folder that holds the edge's `sds.json`. Its name is the edge's node id. */
  readonly identity: string;
  /** What one has to know to drain the edge: see adminInterface.ts. Default: nobody can. */
  readonly drainKey?: string;
  /** Proxies of one's own before the edge that append to X-Forwarded-For. Default: 0, which believes nobody. */
  readonly trustedHops?: number;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}
