import type { ServerHttp2Stream } from 'node:http2';
import { type Metadata, status as Status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { AccessRule } from '../../contracts/index.ts';
import { PRINCIPAL_HEADER, type Principal } from '../../principal/index.ts';
import { authorize } from '../principal/authorize.ts';
import { principalExpired } from '../principal/Principals.ts';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { toRpcError } from '../rpc/toRpcError.ts';
import type { ActiveCall } from '../server/ActiveCalls.ts';
import type { Peer } from '../server/Peer.ts';
import { readTraceParent } from '../telemetry/traceParent.ts';
import type { HttpContext } from './HttpContext.ts';
import type { HttpEnvironment } from './HttpEnvironment.ts';
import { httpStatusOf, sendStatus } from './sendStatus.ts';

export interface HttpCallParts {
  readonly environment: HttpEnvironment;
  readonly stream: ServerHttp2Stream;
  readonly route: string;
  /** Verb, in capitals. */
  readonly verb: string;
  readonly metadata: Metadata;
  /** Milliseconds since the epoch; Infinity: none. */
  readonly deadline: number;
  readonly peer: Peer | undefined;
  /** Who may call. */
  readonly access: AccessRule;
}

/** Time for a handler that is told to end to say so to its client, in milliseconds. */
const LAST_WORDS_MS = 500;

/** One request under way: what its handler sees of it, and what is written down when it ends. */
export class HttpCall implements HttpContext, ActiveCall {
  readonly scope: CallScope;
  readonly #parts: HttpCallParts;
  readonly #started = performance.now();
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #failure: RpcError | undefined;
  #principal: Principal | undefined;
  #expiry: NodeJS.Timeout | undefined;

  constructor(parts: HttpCallParts) {
    this.#parts = parts;
    const { environment, stream, metadata, deadline, route, verb } = parts;
    const { tracing, calls } = environment;
    const span = () =>
      tracing.server(`${verb} ${route}`, readTraceParent(metadata), {
        'http.request.method': verb,
        'http.route': route,
      });
    this.scope = new CallScope(tracing.recording ? span() : span, deadline);
    this.scope.onCancel((reason) => this.#controller.abort(reason));
    calls.add(this);
    stream.once('close', () => this.#end());
    if (deadline !== Infinity) {
      this.#timer = setTimeout(
        () => this.cancel(new RpcError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')),
        Math.max(0, deadline - Date.now()),
      );
    }
  }

  /** What goes on without an end of its own: a socket, or server-sent events. */
  get streams(): boolean {
    const { verb, stream } = this.#parts;
    const type = stream.sentHeaders?.['content-type'];
    return verb === 'CONNECT' || String(type).startsWith('text/event-stream');
  }

  get route(): string {
    return this.#parts.route;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get deadline(): Date | undefined {
    return this.scope.deadline === Infinity ? undefined : new Date(this.scope.deadline);
  }

  get peer(): Peer | undefined {
    return this.#parts.peer;
  }

  get principal(): Principal | undefined {
    return this.#principal;
  }

  get traceId(): string {
    return this.scope.span.spanContext().traceId;
  }

  get log(): Logger {
    return this.#parts.environment.log;
  }

  run<Result>(work: () => Result): Result {
    return this.scope.run(work);
  }

  /** Runs the handler in the request's scope once it is known who acts and that he may, and answers for what fails. */
  async serve(handle: () => Promise<void> | void): Promise<void> {
    try {
      await this.#authorize();
      if (this.scope.cancelled) return;
      await this.scope.run(handle);
    } catch (thrown) {
      this.cancel(toRpcError(thrown));
    }
  }

  async #authorize(): Promise<void> {
    const { metadata, environment, access } = this.#parts;
    const tokens = metadata.get(PRINCIPAL_HEADER);
    // Several are joined to what no token is.
    const token = tokens.length > 0 ? tokens.join() : undefined;
    const principal = token === undefined ? undefined : await environment.principals.of(token);
    authorize(access, principal, () => this.peer);
    this.#principal = principal;
    this.scope.principalToken = token;
  }

  async authenticate(accessToken: string): Promise<Principal> {
    const { principals } = this.#parts.environment;
    const { principal, inner, goodUntil } = await principals.ofAccess(accessToken);
    this.#principal = principal;
    this.scope.principalToken = inner;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.end(principalExpired()), goodUntil - Date.now());
    return principal;
  }

  end(reason: RpcError): void {
    this.scope.cancel(reason);
    setTimeout(() => this.cancel(reason), LAST_WORDS_MS).unref();
  }

  /** Ends the request: with a status, or, where an answer has begun, by breaking it off. */
  cancel(reason: RpcError): void {
    const { stream } = this.#parts;
    this.#failure ??= reason;
    this.scope.cancel(reason);
    if (stream.headersSent) stream.close(INTERNAL_ERROR);
    else sendStatus(stream, reason.code, reason.message, { details: reason.details });
  }

  #end(): void {
    const { environment, stream, route, verb } = this.#parts;
    const { tracing, calls, durations, log } = environment;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    this.scope.cancel(new RpcError(Status.CANCELLED, 'the request has ended'));
    calls.delete(this);
    const seconds = (performance.now() - this.#started) / 1_000;
    const status = Number(
      stream.sentHeaders?.[':status'] ?? httpStatusOf(this.#failure?.code ?? Status.CANCELLED),
    );
    durations().record(seconds, {
      'http.request.method': verb,
      'http.route': route,
      'http.response.status_code': status,
    });
    const failure = this.#failure;
    if (tracing.recording) {
      tracing.end(this.scope.span, failure, { 'http.response.status_code': status });
    }
    const level = failure && status === 500 ? 'error' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        method: `${verb} ${route}`,
        status,
        durationMs: Math.round(seconds * 1_000_000) / 1_000,
        peer: this.peer?.service,
        principal: this.#principal?.subject,
        traceId: this.traceId,
        ...(failure && { reason: failure.message }),
        ...(failure?.cause !== undefined && { err: failure.cause }),
      },
      'request',
    );
  }
}

/** RFC 9113, section 7. */
const INTERNAL_ERROR = 2;
