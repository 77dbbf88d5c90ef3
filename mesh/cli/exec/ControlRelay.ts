import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { assertOutOfReach, canBeSocket, makeWayForSocket } from '@weft/mesh/local';
import { type ControlAddress, controlAddresses } from '../../runtime/program.ts';
import { validAuthority } from './validAuthority.ts';

/**
 * One address in front of a host's control planes. A connection is passed through to the first of them that takes it,
 * and ends when that one goes; the next one then finds another. A gRPC library that is told of several servers goes
 * from one to the next only for something it has never had (gRFC A71): all else that changes it would hear of when the
 * first is back.
 */
export class ControlRelay implements AsyncDisposable {
  /** What a bootstrap names, such as "unix:///run/weft/identity/risk-1/control.sock": with an absolute path, for all languages. */
  readonly target: string;
  readonly #server: Server;
  /** Made for its socket alone. */
  readonly #folder: string | undefined;
  readonly #open = new Set<Socket>();

  private constructor(
    server: Server,
    addresses: readonly ControlAddress[],
    folder: string | undefined,
  ) {
    this.#server = server;
    this.#folder = folder;
    this.target = `unix://${server.address()}`;
    server.on('connection', (client) => {
      this.#open.add(client.on('close', () => this.#open.delete(client)));
      void passOn(client, addresses, String(server.address()));
    });
  }

  /**
   * @param target Of the control planes, as controlAddresses() takes it.
   * @param path Absolute, of the Unix socket to listen on, which only its owner gets to. One that is too long is replaced by
   * one in a new folder for temporary files.
   * @throws TypeError when the target is none; Error when others could take this socket or that of a control plane.
   */
  static async start(target: string, path: string): Promise<ControlRelay> {
    const addresses = controlAddresses(target);
    for (const address of addresses) if ('path' in address) await assertOutOfReach(address.path);
    const folder = canBeSocket(path) ? undefined : await mkdtemp(join(tmpdir(), 'weft-'));
    const socket = folder ? join(folder, 'control.sock') : path;
    await makeWayForSocket(socket);
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o600);
    return new ControlRelay(server, addresses, folder);
  }

  /** Ends the connections, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const client of this.#open) client.destroy();
    await once(this.#server, 'close');
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** To the first that takes it; if none does, it is closed, and its maker tries again in his own time. */
async function passOn(
  client: Socket,
  addresses: readonly ControlAddress[],
  path: string,
): Promise<void> {
  client.on('error', () => client.destroy());
  for (const address of addresses) {
    const control = connect(address);
    try {
      await once(control, 'connect');
    } catch {
      continue;
    }
    // Either end may go: then the other goes, too.
    pipeline(client, validAuthority(path), control, client, () => {});
    return;
  }
  client.destroy();
}
