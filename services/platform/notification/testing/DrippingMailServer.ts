import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const DRIP_MS = 200;

/** A mail server that says a line of its greeting now and then, and never comes to its end. */
export class DrippingMailServer implements AsyncDisposable {
  readonly connections = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections.add(socket);
      const dripping = setInterval(() => socket.write('220-one moment\r\n'), DRIP_MS);
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(dripping);
        this.connections.delete(socket);
      });
    });
  }

  static async start(): Promise<DrippingMailServer> {
    const started = new DrippingMailServer();
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
