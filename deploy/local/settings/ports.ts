/** The ports of one mesh, all on loopback. Services themselves take free ones. */
export interface Ports {
  /** The Envoy edge: REST, gRPC-Web and gRPC. */
  readonly edge: number;
  /** Envoy's own admin interface. */
  readonly edgeAdmin: number;
  /** Consul's HTTP API and web page. */
  readonly consul: number;
  readonly consulServer: number;
  readonly consulSerf: number;
  /** Consul's own xDS, for sidecars. */
  readonly consulGrpc: number;
  readonly postgres: number;
  /** The control plane's admin port; it serves xDS on a Unix socket. */
  readonly controlAdmin: number;
  /** That of its second replica, where there is one. */
  readonly control2Admin: number;
  readonly nats: number;
  readonly victoriaLogs: number;
}

export const defaultPorts: Ports = {
  edge: 8080,
  edgeAdmin: 18080,
  consul: 8500,
  consulServer: 8300,
  consulSerf: 8301,
  consulGrpc: 8502,
  postgres: 15432,
  controlAdmin: 18001,
  control2Admin: 18003,
  nats: 14222,
  victoriaLogs: 19428,
};

export const portNames = Object.keys(defaultPorts) as (keyof Ports)[];

/** All ports in a row, from the edge on. */
export function portsFrom(base: number): Ports {
  return makePorts((index) => base + index);
}

export function makePorts(port: (index: number) => number): Ports {
  return Object.fromEntries(
    portNames.map((name, index) => [name, port(index)]),
  ) as unknown as Ports;
}
