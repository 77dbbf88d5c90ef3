import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { RouteTable } from '../chain/RouteTable.ts';
import { isServiceName } from '../syntax/isServiceName.ts';
import { isLoopback } from '../xds/isLoopback.ts';
import type { ControlMetrics } from './ControlMetrics.ts';
import type { StatusReport } from './StatusReport.ts';

export interface AdminServerOptions {
  /** Loopback `host:port`; port 0: a free one. */
  readonly listen: string;
  /** What is missing to be ready. */
  missing(): readonly string[];
  /** Where calls to a service go; undefined: not known yet. */
  routes(service: string): RouteTable | undefined;
  readonly report: StatusReport;
  readonly metrics: ControlMetrics;
  readonly log: Logger;
}

/** Plain HTTP for those who run the control plane: /health, /ready, /metrics, /status and /routes/SERVICE. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: Server;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        options.log.error({ err: error, url: request.url }, 'admin request failed');
        if (!response.headersSent) answerJson(response, 502, { error: error.message });
      });
    });
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  }

  /** @throws Error when the address is taken, is none, or is not of this machine alone. */
  async start(): Promise<void> {
    const match = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(this.#options.listen);
    if (!match) throw new Error(`not host:port: ${this.#options.listen}`);
    if (!isLoopback(this.#options.listen)) {
      throw new Error(
        `the admin port asks nobody who he is, and so is on loopback only: ${this.#options.listen} is not`,
      );
    }
    this.#server.listen(Number(match[3]), match[1] ?? match[2]);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answerJson(response, 405, { error: 'only GET' });
      return;
    }
    const { missing, report, metrics } = this.#options;
    const { pathname } = new URL(request.url ?? '/', 'http://admin');
    if (pathname.startsWith('/routes/')) {
      this.#answerRoutes(decodeURIComponent(pathname.slice('/routes/'.length)), response);
      return;
    }
    switch (pathname) {
      case '/health':
        answerJson(response, 200, { healthy: true });
        return;
      case '/ready': {
        const open = missing();
        answerJson(response, open.length === 0 ? 200 : 503, {
          ready: open.length === 0,
          missing: open,
        });
        return;
      }
      case '/metrics':
        metrics.serve(request, response);
        return;
      case '/status':
        answerJson(response, 200, await report.make());
        return;
      default:
        answerJson(response, 404, {
          error: 'one of /health, /ready, /metrics, /status, /routes/SERVICE',
        });
    }
  }

  #answerRoutes(service: string, response: ServerResponse): void {
    if (!isServiceName(service)) {
      answerJson(response, 404, { error: `"${service}" is no name of a service` });
      return;
    }
    const table = this.#options.routes(service);
    if (table) answerJson(response, 200, table);
    else answerJson(response, 503, { error: 'Consul has not answered yet' });
  }
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}
