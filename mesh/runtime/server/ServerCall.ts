import { type Deadline, Metadata, status as Status } from '@grpc/grpc-js';
import type { AuthContext } from '@grpc/grpc-js/build/src/auth-context.js';
import type { Logger } from 'pino';
import { PRINCIPAL_HEADER, type Principal } from '../../principal/index.ts';
import { authorize } from '../principal/authorize.ts';
import { CallScope } from '../rpc/CallScope.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { isServiceFault } from '../rpc/statusClasses.ts';
import { toRpcError } from '../rpc/toRpcError.ts';
import { readTraceParent } from '../telemetry/traceParent.ts';
import type { ActiveCall } from './ActiveCalls.ts';
import type { CallContext } from './CallContext.ts';
import { type Peer, peerOf } from './Peer.ts';
import type { ServerEnvironment } from './ServerEnvironment.ts';
import type { ServerMethod } from './ServerMethod.ts';
import { SuccessTrailer, Trailer } from './Trailer.ts';
import { UndecodableRequest } from './UndecodableRequest.ts';

/** What the four kinds of grpc-js's server calls have in common. */
interface SurfaceCall {
  readonly metadata: Metadata;
  getDeadline(): Deadline;
  getAuthContext(): AuthContext;
  sendMetadata(header: Metadata): void;
  on(event: 'cancelled', listener: () => void): unknown;
}

const NO_TRAILER = new SuccessTrailer();

/** One call under way: what its handler sees of it, and what is written down when it ends. */
export class ServerCall implements CallContext, ActiveCall {
  readonly scope: CallScope;
  readonly #environment: ServerEnvironment;
  readonly #method: ServerMethod;
  readonly #call: SurfaceCall;
  readonly #started = performance.now();
  #header: Metadata | undefined;
  #trailer: SuccessTrailer | undefined;
  #headerSent = false;
  #controller: AbortController | undefined;
  #peer: Peer | undefined | null = null;
  #principal: Principal | undefined;
  #ended = false;
  /** Who hears of it when the caller goes. grpc-js and Node hold on to an ended call's listener for a while. */
  readonly #waiting: { call: ServerCall | undefined } = { call: this };

  constructor(environment: ServerEnvironment, method: ServerMethod, call: SurfaceCall) {
    this.#environment = environment;
    this.#method = method;
    this.#call = call;
    const { label } = method.codec;
    const { tracing } = environment;
    const span = () => tracing.server(label, readTraceParent(call.metadata));
    this.scope = new CallScope(tracing.recording ? span() : span, Number(call.getDeadline()));
    environment.metrics.serverStarted(label);
    environment.calls.add(this);
    if (this.streams) {
      // When a stream's caller has gone, it is too late to ask who that was.
      this.#peer = peerOf(call.getAuthContext());
    }
    const waiting = this.#waiting;
    call.on('cancelled', () => {
      if (waiting.call) waiting.call.#gone();
    });
  }

  get streams(): boolean {
    const { requestStream, responseStream } = this.#method.codec;
    return requestStream || responseStream;
  }

  get method(): string {
    return this.#method.codec.path;
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  get header(): Metadata {
    this.#header ??= new Metadata();
    return this.#header;
  }

  get trailer(): Metadata {
    this.#trailer ??= new SuccessTrailer();
    return this.#trailer;
  }

  /** What a call that has succeeded ends with. */
  get successTrailer(): Metadata {
    return this.#trailer ?? NO_TRAILER;
  }

  /** What a call that has failed ends with: the handler's trailer, and the failure's own. */
  failureTrailer(error: RpcError): Metadata {
    return this.#trailer
      ? new Trailer(this.#trailer, error.outgoing())
      : new Trailer(error.outgoing());
  }

  get deadline(): Date | undefined {
    return this.scope.deadline === Infinity ? undefined : new Date(this.scope.deadline);
  }

  get traceId(): string {
    return this.scope.span.spanContext().traceId;
  }

  get log(): Logger {
    return this.#environment.log;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.scope.onCancel((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  get peer(): Peer | undefined {
    // Node decodes the certificate anew each time it is asked.
    if (this.#peer === null) this.#peer = peerOf(this.#call.getAuthContext());
    return this.#peer;
  }

  get principal(): Principal | undefined {
    return this.#principal;
  }

  /**
   * Finds out who acts, and whether he may. Nothing is to be looked at of a call before that.
   *
   * @returns a promise when a token has to be verified that has not been seen before.
   * @throws RpcError UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE; the promise rejects so.
   */
  authorize(): Promise<void> | undefined {
    const tokens = this.#call.metadata.get(PRINCIPAL_HEADER);
    if (tokens.length === 0) {
      authorize(this.#method.access, undefined, () => this.peer);
      return undefined;
    }
    // Several are joined to what no token is.
    const token = tokens.join();
    const principal = this.#environment.principals.of(token);
    if (principal instanceof Promise) return principal.then((known) => this.#admit(token, known));
    this.#admit(token, principal);
    return undefined;
  }

  end(reason: RpcError): void {
    this.scope.cancel(reason);
  }

  #admit(token: string, principal: Principal): void {
    authorize(this.#method.access, principal, () => this.peer);
    this.#principal = principal;
    this.scope.principalToken = token;
  }

  sendHeader(): void {
    if (this.#headerSent || this.#ended) return;
    this.#headerSent = true;
    this.#call.sendMetadata(this.header);
  }

  /** Sends the header that the handler has set, if it has set one and it has not gone out. */
  sendHeaderSet(): void {
    if (!this.#header || this.#headerSent) return;
    this.#headerSent = true;
    this.#call.sendMetadata(this.#header);
  }

  /** The call has been served. Answers whether somebody still waits for that. */
  succeed(): boolean {
    return this.#end(undefined);
  }

  /** The handler has thrown. Answers what to tell the caller; undefined when nobody waits for it. */
  fail(thrown: unknown): RpcError | undefined {
    const error = toRpcError(thrown);
    return this.#end(error) ? error : undefined;
  }

  /** The caller waits no more. */
  #gone(): void {
    const reason =
      Date.now() >= this.scope.deadline
        ? new RpcError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')
        : new RpcError(Status.CANCELLED, 'the caller has gone');
    this.#end(reason);
    this.scope.cancel(reason);
  }

  #end(error: RpcError | undefined): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    // Taking the listener away would cost more: Node then keeps a call's listeners in a slow table.
    this.#waiting.call = undefined;
    const { metrics, tracing, calls } = this.#environment;
    const { label } = this.#method.codec;
    const milliseconds = performance.now() - this.#started;
    calls.delete(this);
    metrics.serverEnded(label, error?.codeName ?? 'OK', milliseconds / 1_000);
    if (tracing.recording) tracing.end(this.scope.span, error);
    this.#write(label, milliseconds, error);
    return true;
  }

  #write(method: string, durationMs: number, error: RpcError | undefined): void {
    const { log } = this.#environment;
    const level = !error ? 'debug' : isOwnFault(error) ? 'error' : 'info';
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        method,
        code: error?.codeName ?? 'OK',
        durationMs: Math.round(durationMs * 1_000) / 1_000,
        peer: this.peer?.service,
        principal: this.#principal?.subject,
        traceId: this.traceId,
        spanId: this.scope.span.spanContext().spanId,
        ...(error && { reason: error.message }),
        ...(error?.cause !== undefined && { err: error.cause }),
      },
      'call',
    );
  }
}

/** Whether a failure is a fault of this service, not of its caller. */
function isOwnFault(error: RpcError): boolean {
  return isServiceFault(error.code) && !(error instanceof UndecodableRequest);
}
