import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What is asked for by the header `authorization`. */
export const AUTHORIZATION = 'Basic d2VmdDpzZWNyZXQ=';

/** A server on a socket that takes lines as Loki or Elasticsearch does, and can be away. */
abstract class LogServer {
  readonly #server: Server;
  #port = 0;
  /** How many requests are answered 503 first, though what they bring is taken: the worst that a sender may meet. */
  failures = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => {
        response.writeHead(400).end(String(error));
      });
    });
  }

  /** After stop() it listens where it did before. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @throws for what the real one answers 400 to. @returns the body of its answer. */
  protected abstract take(
    path: string,
    type: string,
    body: string,
  ): { status: number; body: string };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.headers.authorization !== AUTHORIZATION) {
      response.writeHead(401).end();
      return;
    }
    const answer = this.take(request.url ?? '', request.headers['content-type'] ?? '', body);
    if (this.failures > 0) {
      this.failures -= 1;
      response.writeHead(503).end();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }
}

/** POST /loki/api/v1/push: labels and pairs of nanoseconds and text, all of them strings; answers 204. */
export class LokiServer extends LogServer {
  /** By labels, time and text: what is sent twice is there once. */
  readonly entries = new Map<
    string,
    { labels: Record<string, string>; time: string; line: string }
  >();

  protected take(path: string, type: string, body: string) {
    if (path !== '/loki/api/v1/push') return { status: 404, body: '' };
    if (type !== 'application/json') throw new Error('content type');
    const { streams } = JSON.parse(body) as {
      streams: { stream: Record<string, string>; values: [string, string][] }[];
    };
    for (const { stream, values } of streams) {
      for (const [name, value] of Object.entries(stream)) {
        if (!/^[a-zA-Z_]\w*$/.test(name) || typeof value !== 'string') throw new Error('labels');
      }
      for (const [time, line] of values) {
        if (!/^\d{19}$/.test(time) || typeof line !== 'string') throw new Error('value');
        this.entries.set(JSON.stringify([stream, time, line]), { labels: stream, time, line });
      }
    }
    return { status: 204, body: '' };
  }
}

/** POST /_bulk: pairs of lines, an action and a document; answers with the status of each. */
export class ElasticsearchServer extends LogServer {
  readonly documents = new Map<string, Record<string, unknown>>();
  /** What a document's message holds that the index's mapping refuses. */
  refused = '';

  protected take(path: string, type: string, body: string) {
    if (path !== '/_bulk') return { status: 404, body: '' };
    if (type !== 'application/x-ndjson' || !body.endsWith('\n')) throw new Error('no bulk request');
    const lines = body.slice(0, -1).split('\n');
    const items = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { create } = JSON.parse(lines[at] ?? '') as { create: { _index: string; _id: string } };
      const document = JSON.parse(lines[at + 1] ?? '') as Record<string, unknown>;
      const id = `${create._index}/${create._id}`;
      const isRefused = this.refused !== '' && String(document.message).includes(this.refused);
      const status = isRefused ? 400 : this.documents.has(id) ? 409 : 201;
      if (status === 201) this.documents.set(id, document);
      items.push({ create: { ...create, status } });
    }
    return {
      status: 200,
      body: JSON.stringify({ errors: items.some(({ create }) => create.status >= 400), items }),
    };
  }
}
