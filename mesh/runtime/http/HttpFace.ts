import {
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import type { AccessRule } from '../../contracts/index.ts';
import { peerOf } from '../server/Peer.ts';
import { AdmissionCall } from './AdmissionCall.ts';
import { HttpCall } from './HttpCall.ts';
import type { HttpEnvironment } from './HttpEnvironment.ts';
import type { HttpImplementation } from './HttpImplementation.ts';
import { isBelow } from './pathAccess.ts';
import { sendStatus } from './sendStatus.ts';
import { UpgradeSocket } from './UpgradeSocket.ts';

/**
 * What programs read in different ways: dots and slashes that are escaped or doubled. Permissions are about paths, so a path
 * has one reading or none.
 */
const AMBIGUOUS = /\/\.{0,2}(\/|$)|%2e|%2f|%5c|\\|%00/i;

/** What a service answers to requests that are no gRPC, on the connections of its gRPC server. */
export class HttpFace {
  readonly #environment: HttpEnvironment;
  /** The most specific first. */
  readonly #implementations: readonly HttpImplementation[];
  readonly #accessOf: (path: string) => AccessRule;

  /**
   * @param accessOf Who may call a path.
   * @throws Error when two are for one path.
   */
  constructor(
    environment: HttpEnvironment,
    implementations: readonly HttpImplementation[],
    accessOf: (path: string) => AccessRule,
  ) {
    this.#environment = environment;
    this.#accessOf = accessOf;
    this.#implementations = implementations.toSorted(
      (one, other) => other.route.length - one.route.length,
    );
    const routes = new Set<string>();
    for (const { route } of implementations) {
      if (routes.has(route)) throw new Error(`${route} is served twice`);
      routes.add(route);
    }
  }

  /** Serves a request, once the interceptors have let it in. */
  take(
    interceptors: readonly ServerInterceptor[],
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): void {
    // A stream that breaks off closes, which is what is listened for.
    stream.on('error', () => {});
    const path = (headers[':path'] ?? '').replace(/[?#].*$/s, '');
    if (path !== '/' && AMBIGUOUS.test(path.replace(/\/$/, ''))) {
      sendStatus(stream, Status.INVALID_ARGUMENT, 'the path is not in its normal form');
      return;
    }
    const call = new AdmissionCall(stream, headers, (code, message) =>
      sendStatus(stream, code, message),
    );
    call.admit(interceptors, path, () => this.#serve(call, stream, headers, path));
  }

  #serve(
    admitted: AdmissionCall,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    path: string,
  ): void {
    const { route, http } = this.#implementations.find((one) => isBelow(one.route, path)) ?? {};
    if (route === undefined || !http) {
      sendStatus(stream, Status.NOT_FOUND, `no such path: ${path}`);
      return;
    }
    const verb = headers[':method'] ?? '';
    const isUpgrade = verb === 'CONNECT';
    if (isUpgrade ? headers[':protocol'] !== 'websocket' || !http.upgrade : !http.request) {
      sendStatus(stream, Status.UNIMPLEMENTED, `${verb} is not allowed on ${path}`, {
        httpStatus: 405,
      });
      return;
    }
    const call = new HttpCall({
      environment: this.#environment,
      stream,
      route,
      verb,
      metadata: admitted.metadata,
      deadline: Number(admitted.getDeadline()),
      peer: peerOf(admitted.getAuthContext()),
      access: this.#accessOf(path),
    });
    // What libraries for HTTP/1.1 look for in an upgrade.
    if (isUpgrade) asUpgrade(headers);
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders(headers));
    void call.serve(() =>
      isUpgrade
        ? http.upgrade?.(request, new UpgradeSocket(stream), Buffer.alloc(0), call)
        : http.request?.(request, new Http2ServerResponse(stream), call),
    );
  }
}

/** RFC 8441 leaves out what the verb says; a client of HTTP/2 sends no key, and looks for no answer to it. */
function asUpgrade(headers: IncomingHttpHeaders): void {
  headers[':method'] = 'GET';
  headers.connection = 'upgrade';
  headers.upgrade = 'websocket';
  headers['sec-websocket-key'] ??= 'AAAAAAAAAAAAAAAAAAAAAA==';
}

function rawHeaders(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [name, Array.isArray(value) ? value.join(', ') : value],
  );
}
