import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/** Where one of Consul's servers takes gRPC. */
export interface GrpcServer {
  /** In gRPC's syntax, such as "ipv4:10.0.0.1:8503", "dns:consul.internal:8503" or "unix:/run/consul/grpc.sock". */
  readonly target: string;
  readonly tls: boolean;
}

/** How the servers that gRPC goes to are found and known. */
export interface GrpcOptions {
  /**
   * Default: CONSUL_GRPC_ADDR; such as "https://10.0.0.1:8503,https://10.0.0.2:8503" or
   * "unix:///run/consul/grpc.sock". Undefined: the servers that the agent knows.
   */
  readonly servers?: readonly GrpcServer[] | undefined;
  /** PEM file with what a server's certificate must come from. Default: CONSUL_GRPC_CACERT, else CONSUL_CACERT. */
  readonly caFile?: string | undefined;
  /** The name that a server's certificate must have. Default: CONSUL_TLS_SERVER_NAME, else server.<datacenter>.consul. */
  readonly serverName?: string | undefined;
}

/** What the environment says, in the variables of Consul's own commands. @throws Error that names the variable. */
export function grpcFromEnvironment(env: NodeJS.ProcessEnv = process.env): GrpcOptions {
  const caFile = env.CONSUL_GRPC_CACERT || env.CONSUL_CACERT || undefined;
  const addresses = env.CONSUL_GRPC_ADDR;
  return {
    servers: addresses ? readGrpcAddresses(addresses, caFile !== undefined) : undefined,
    caFile,
    serverName: env.CONSUL_TLS_SERVER_NAME || undefined,
  };
}

/**
 * Reads CONSUL_GRPC_ADDR: HOST:PORT, with https:// for TLS and http:// for none, or unix:///PATH; several with commas
 * between them.
 *
 * @param tls Whether an address that does not say it is one of TLS.
 * @throws Error that says which address is none.
 */
export function readGrpcAddresses(text: string, tls: boolean): GrpcServer[] {
  return text.split(',').map((each) => {
    const address = each.trim();
    const [, path] = /^unix:(?:\/\/)?(\/.+)$/.exec(address) ?? [];
    if (path) return { target: `unix:${path}`, tls: false };
    const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.+)$/.exec(address) ?? [];
    const [, host = '', port = ''] = /^([^/@]+):(\d{1,5})$/.exec(rest) ?? [];
    if (!host || Number(port) < 1 || Number(port) > 65_535) {
      throw new Error(
        `CONSUL_GRPC_ADDR: "${address}" is none of HOST:PORT, https://HOST:PORT and unix:///PATH`,
      );
    }
    return {
      target: targetOf(host.replace(/^\[(.*)\]$/, '$1'), Number(port)),
      tls: scheme ? scheme === 'https' : tls,
    };
  });
}

/** Host (a name or an IP address) and port in gRPC's syntax. */
export function targetOf(host: string, port: number): string {
  switch (isIP(host)) {
    case 4:
      return `ipv4:${host}:${port}`;
    case 6:
      return `ipv6:[${host}]:${port}`;
    default:
      return `dns:${host}:${port}`;
  }
}

/** The content of the CA file. @throws Error that names the variable. */
export function readCaFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`CONSUL_GRPC_CACERT or CONSUL_CACERT cannot be read: ${message}`, { cause });
  }
}
