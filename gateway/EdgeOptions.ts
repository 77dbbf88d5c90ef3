/** Where the edge listens, who it is, and who tells it where things are. */
export interface EdgeOptions {
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
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}
