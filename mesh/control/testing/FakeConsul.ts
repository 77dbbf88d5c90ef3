import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsulClient } from '../../consul/index.ts';

/** What the fake answers to one query. */
export interface FakeAnswer {
  /** Default: 200. */
  readonly status?: number;
  /** Sent as it is. Default: "[]". */
  readonly body?: string;
  /** X-Consul-Index; absent: not sent. */
  readonly index?: string;
}

/** An HTTP server in Consul's place that answers whatever a test says, also what Consul never would. */
export class FakeConsul {
  /** Indices of the queries so far; undefined for those that did not block. */
  readonly asked: (string | undefined)[] = [];
  readonly client: ConsulClient;
  readonly #server: Server;
  readonly #held: ServerResponse[] = [];
  readonly #answers: FakeAnswer[];

  private constructor(server: Server, answers: FakeAnswer[]) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#answers = answers;
    this.client = new ConsulClient({ address: `http://127.0.0.1:${port}`, token: '' });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { searchParams } = new URL(request.url ?? '', 'http://consul');
      this.asked.push(searchParams.get('index') ?? undefined);
      this.#held.push(response);
      this.#answer();
    });
  }

  /** Gives one answer to each query, in order, and holds the queries that come when none is left. */
  static async start(...answers: FakeAnswer[]): Promise<FakeConsul> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeConsul(server, answers);
  }

  /** Answers a query that is held, or the next one. */
  answer(...answers: FakeAnswer[]): void {
    this.#answers.push(...answers);
    this.#answer();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(): void {
    while (this.#held.length > 0 && this.#answers.length > 0) {
      const { status = 200, body = '[]', index } = this.#answers.shift() as FakeAnswer;
      const headers = {
        'content-type': 'application/json',
        ...(index ? { 'x-consul-index': index } : {}),
      };
      this.#held.shift()?.writeHead(status, headers).end(body);
    }
  }
}
