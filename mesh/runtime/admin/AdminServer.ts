import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { ServingState } from '../health/ServingState.ts';

export interface AdminOptions {
  /** Default: a free one. */
  readonly port: number | undefined;
  /** Whose it is, such as "analytics". */
  readonly service: string;
  readonly state: ServingState;
  /** Gives all metrics in Prometheus' text format. Default: there are none. */
  readonly metrics?: () => Promise<string>;
  readonly log: Logger;
}

/**
 * Plain HTTP on loopback, for the Consul agent, Prometheus and people: `/health` says that the process lives, and how,
 * `/ready` that it takes calls (429: that it does with less than all of it), `/metrics` how they go.
 */
export class AdminServer {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @throws when the port is in use. */
  static async start(options: AdminOptions): Promise<AdminServer> {
    const { port, service, state, log, metrics = async () => '' } = options;
    const pages: Record<string, () => Promise<Page> | Page> = {
      '/health': () => health(service, state),
      '/ready': () => readiness(state),
      '/metrics': async () => ({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: await metrics(),
      }),
    };
    const server = createServer(async (request, response) => {
      const path = request.url?.split('?')[0] ?? '';
      const page = pages[path] ?? (() => NOT_FOUND);
      const { status, type, body } = await Promise.try(page).catch((err) => {
        log.error({ err, path }, 'a page of the admin port failed');
        return FAILED;
      });
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    server.listen(port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    return new AdminServer(server);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A process that answers lives, whatever it lacks: who starts those anew that do not must not be told otherwise. */
function health(service: string, { serving, degradedReason, checks }: ServingState): Page {
  const body = {
    status: serving && degradedReason === undefined ? 'ok' : 'degraded',
    service,
    uptime: Math.floor(process.uptime()),
    timestamp: Date.now(),
    checks,
  };
  return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}

/**
 * 2xx, 429 and all else are `passing`, `warning` and `critical` to Consul, and a warning keeps an instance in use.
 *
 * @see https://developer.hashicorp.com/consul/docs/register/health-check/vm
 */
function readiness({ serving, notReadyReason, degradedReason }: ServingState): Page {
  const page = (status: number, body: object) => ({
    status,
    type: JSON_TYPE,
    body: `${JSON.stringify(body)}\n`,
  });
  if (!serving) return page(503, { status: 'not ready', reason: notReadyReason });
  if (degradedReason) return page(429, { status: 'degraded', reason: degradedReason });
  return page(200, { status: 'ready' });
}

const JSON_TYPE = 'application/json';
const FAILED: Page = { status: 500, type: JSON_TYPE, body: '{"error":"see the log"}\n' };
const NOT_FOUND: Page = {
  status: 404,
  type: JSON_TYPE,
  body: '{"paths":["/health","/ready","/metrics"]}\n',
};
