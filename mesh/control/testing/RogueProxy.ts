import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsulClient } from '../../consul/index.ts';

/** An answer that is not Consul's. */
export interface RogueAnswer {
  readonly status: number;
  readonly body: string;
  readonly index: string;
}

/** Stands before a real Consul and, when told to, answers in its place. */
export class RogueProxy {
  readonly client: ConsulClient;
  /** Rogue answers given so far. */
  given = 0;
  readonly #server: Server;
  readonly #held = new Set<ServerResponse>();
  #rogue: RogueAnswer | undefined;

  private constructor(server: Server, consul: string) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.client = new ConsulClient({ address: `http://127.0.0.1:${port}`, token: '' });
    server.on('request', (incoming, response) => {
      this.#held.add(response);
      response.on('close', () => this.#held.delete(response));
      if (this.#rogue) {
        this.#answer(response, this.#rogue);
        return;
      }
      const url = new URL(incoming.url ?? '/', consul);
      const upstream = request(url, { method: incoming.method, headers: incoming.headers });
      upstream.on('response', (answer) => {
        // A rogue answer may have gone out meanwhile.
        if (response.headersSent) return;
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on('error', () => response.destroy());
      response.on('close', () => upstream.destroy());
      incoming.pipe(upstream);
    });
  }

  /** @param consul Such as "http://127.0.0.1:8500". */
  static async start(consul: string): Promise<RogueProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RogueProxy(server, consul);
  }

  /** Answers all queries like this, also those that are held, until told otherwise. */
  answer(rogue: RogueAnswer | undefined): void {
    this.#rogue = rogue;
    if (!rogue) return;
    for (const response of this.#held) this.#answer(response, rogue);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(response: ServerResponse, { status, body, index }: RogueAnswer): void {
    if (response.headersSent) return;
    this.given += 1;
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-consul-index': index })
      .end(body);
  }
}
