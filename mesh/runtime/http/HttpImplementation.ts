import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HttpContext } from './HttpContext.ts';

/**
 * Answers a request. What it throws before it has answered becomes an HTTP status with a google.rpc.Status as JSON: an
 * RpcError its own, all else 500 and a line in the log.
 */
export type HttpHandler = (
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  context: HttpContext,
) => Promise<void> | void;

/**
 * Takes a WebSocket, as a listener for `upgrade` of Node's http.Server does: `ws` and Socket.IO write their answer to the
 * socket.
 */
export type UpgradeHandler = (
  request: Http2ServerRequest,
  socket: Duplex,
  head: Buffer,
  context: HttpContext,
) => Promise<void> | void;

export interface HttpHandlers {
  readonly request?: HttpHandler;
  readonly upgrade?: UpgradeHandler;
}

/** Paths of HTTP and the handlers that serve them. */
export interface HttpImplementation {
  /** Such as "/docs", which takes "/docs" and all below it; "/" takes all. */
  readonly route: string;
  readonly http: HttpHandlers;
}

const ROUTE = /^\/$|^(\/[A-Za-z0-9._~-]+)+$/;

/**
 * Serves what gRPC cannot say: pages, redirects, uploads, ranges, sockets. On the same port and connections as gRPC, with the
 * same certificates, intentions, deadlines, traces and drain. Which paths callers from outside reach stands in the manifest
 * (`http`).
 *
 * ```ts
 * implementHttp('/pictures', {
 *   request: async (request, response, { signal }) => {
 *     response.setHeader('content-type', 'image/png');
 *     await pipeline(store.open(request.url, { signal }), response);
 *   },
 * });
 * ```
 *
 * @param route The most specific of several decides.
 * @throws TypeError for what is no path, and for no handler at all.
 */
export function implementHttp(route: string, http: HttpHandlers): HttpImplementation {
  if (!ROUTE.test(route)) throw new TypeError(`"${route}" is no path such as "/docs"`);
  if (!http.request && !http.upgrade) throw new TypeError(`${route} has no handler`);
  return { route, http };
}
