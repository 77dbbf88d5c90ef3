import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { pipeline } from 'node:stream';

/**
 * One address in front of a host's control planes. A connection is passed through to the first of them that takes it,
 * and ends when that one goes; the next one then finds another. A gRPC library that is told of several servers goes
 * from one to the next only for something it has never had (gRFC A71): all else that changes it would hear of when the
 * first is back.
 */
export class ControlRelay implements AsyncDisposable {
  /** What a bootstrap names, such as "127.0.0.1:40000": in all languages, without a scheme that one may not know. */
  readonly target: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server, addresses: readonly NetConnectOpts[]) {
    this.#server = server;
    this.target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => {
      this.#open.add(client.on('close', () => this.#open.delete(client)));
      void passOn(client, addresses);
    });
  }

  /**
   * @param target Of the control planes, as gRPC writes it: "ipv4:127.0.0.1:18000,127.0.0.1:18002", "localhost:18000",
   * "unix:/run/weft.sock".
   * @throws TypeError when it is none.
   */
  static async start(target: string): Promise<ControlRelay> {
    const addresses = addressesOf(target);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ControlRelay(server, addresses);
  }

  /** Ends the connections, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const client of this.#open) client.destroy();
    await once(this.#server, 'close');
  }
}

function addressesOf(target: string): NetConnectOpts[] {
  const [, path] = /^unix:(?:\/\/)?(.+)$/.exec(target) ?? [];
  if (path) return [{ path }];
  return target
    .replace(/^(ipv4|ipv6|dns):(\/\/\/)?/, '')
    .split(',')
    .map((address) => {
      const { hostname, port } = new URL(`tcp://${address}`);
      return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
    });
}

/** To the first that takes it; if none does, it is closed, and its maker tries again in his own time. */
async function passOn(client: Socket, addresses: readonly NetConnectOpts[]): Promise<void> {
  client.on('error', () => client.destroy());
  for (const address of addresses) {
    const control = connect(address);
    try {
      await once(control, 'connect');
    } catch {
      continue;
    }
    // Either end may go: then the other goes, too.
    pipeline(client, control, client, () => {});
    return;
  }
  client.destroy();
}
