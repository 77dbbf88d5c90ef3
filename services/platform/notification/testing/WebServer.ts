import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Somebody else's server on a socket of this machine. */
export class WebServer implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  /** What is answered to the next requests; afterwards `answer` is. */
  readonly answers: WebAnswer[] = [];
  answer: (request: ReceivedRequest) => WebAnswer | Promise<WebAnswer> = () => ({
    status: 200,
    body: 'ok',
  });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const { url: path = '', headers } = request;
      const received = { path, headers, body: await text(request) };
      this.requests.push(received);
      const answer = this.answers.shift() ?? (await this.answer(received));
      const { status, headers: given, body = '' } = answer;
      response.writeHead(status, given).end(body);
    });
  }

  static async start(): Promise<WebServer> {
    const started = new WebServer();
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
