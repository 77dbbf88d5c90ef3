import type { CallerOptions } from './access/callerFilter.ts';

/** Where the edge listens, who it is, who tells it where things are, and who may come in. */
export interface EdgeOptions extends CallerOptions {
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
  /** Proxies of one's own before the edge that append to X-Forwarded-For. Default: 0, which believes nobody. */
  readonly trustedHops?: number;
}

/** A Unix socket, which others of this machine cannot take, or a port of loopback. */
export type ControlAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };
