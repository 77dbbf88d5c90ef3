import type { TcpNetConnectOpts } from 'node:net';

/** Of one control plane, as net.connect() takes it. */
export type ControlAddress =
  | { readonly path: string }
  | Required<Pick<TcpNetConnectOpts, 'host' | 'port'>>;

/**
 * Reads where a host's control planes are.
 *
 * @param target As gRPC writes it, and with a comma between several: "unix:/run/weft/control.sock,/run/weft/control-2.sock",
 * "ipv4:127.0.0.1:18000,127.0.0.1:18002", "localhost:18000".
 * @throws TypeError when it is none.
 */
export function controlAddresses(target: string): ControlAddress[] {
  const [, paths] = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(target) ?? [];
  if (paths) return paths.split(',').map((path) => ({ path }));
  return target
    .replace(/^(ipv4|ipv6|dns):(\/\/\/)?/, '')
    .split(',')
    .map((address) => {
      const { hostname, port } = new URL(`tcp://${address}`);
      return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
    });
}
