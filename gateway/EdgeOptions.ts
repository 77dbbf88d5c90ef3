import type { TraceOptions } from './traces/TraceOptions.ts';

/** Where the edge listens, who it is, who tells it where things are, and who may come in. */
export interface EdgeOptions {
  /** IP address of the public listener. */
  readonly address: string;
  /** Port of the public listener: REST, server-sent events, gRPC and gRPC-Web. */
  readonly port: number;
  /** Absolute path of the Unix socket of Envoy's admin interface, by which the edge is drained. */
  readonly adminSocket: string;
  /** Port on 127.0.0.1 of those pages of it that only read: /ready, /stats and the like. */
  readonly adminPort: number;
  /** The host's control planes; another is tried when one is gone. */
  readonly controlPlanes: readonly ControlAddress[];
  /** Absolute path of the folder that holds the edge's `sds.json`. Its name is the edge's node id. */
  readonly identity: string;
  /** Absolute path of the folder of trustFiles(), which must be there. Default: no token and no API key lets anybody in. */
  readonly trust?: string;
  /**
   * Absolute path of a folder that writeContractFilters() has written: the edge takes other contracts from there while it
   * runs. Default: the contracts stand in the bootstrap.
   */
  readonly contractFilters?: string;
  /** Proxies of one's own before the edge that append to X-Forwarded-For. Default: 0, which believes nobody. */
  readonly trustedHops?: number;
  /** Bytes of memory beyond which it turns requests away: each stream that is open takes some 50 KB. Default: defaultMemory(). */
  readonly memoryBytes?: number;
  /** Where traces go. Default: nowhere, and what a caller says of his trace goes on to the service. */
  readonly traces?: TraceOptions;
}

/** A Unix socket, which others of this machine cannot take, or a port of loopback. */
export type ControlAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };
