import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Passes connections on to a port of this machine, and holds answers back when it is told to, as a server does that is busy. */
export class SlowLink {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #answers = new Set<Socket>();
  #heard: () => void = () => {};

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const answers = connect(port, '127.0.0.1');
      this.#clients.add(client);
      this.#answers.add(answers);
      client.on('data', () => this.#heard()).pipe(answers);
      answers.pipe(client);
      for (const [socket, other] of [
        [client, answers],
        [answers, client],
      ] as const) {
        socket.on('error', () => other.destroy());
        socket.once('close', () => {
          other.destroy();
          this.#clients.delete(client);
          this.#answers.delete(answers);
        });
      }
    });
  }

  static async start(port: number): Promise<SlowLink> {
    const link = new SlowLink(port);
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The clients' connections that are open, by their ports. */
  get connections(): readonly number[] {
    return [...this.#clients].map(({ remotePort = 0 }) => remotePort);
  }

  /** Holds all answers back until a client has said something and has then waited for so long, in milliseconds, in silence. */
  async holdAnswers(silenceMs: number): Promise<void> {
    for (const socket of this.#answers) socket.pause();
    const silence = Promise.withResolvers<void>();
    let timer: NodeJS.Timeout | undefined;
    this.#heard = () => {
      clearTimeout(timer);
      timer = setTimeout(silence.resolve, silenceMs);
    };
    await silence.promise;
    this.#heard = () => {};
    for (const socket of this.#answers) socket.resume();
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#clients) socket.destroy();
  }
}
