import { type ChannelInterface, Metadata, status as Status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js/build/src/call-interface.js';
import type { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { CallScope } from '../telemetry/CallScope.ts';
import { writeTraceParent } from '../telemetry/traceParent.ts';
import { StreamMetadata } from '../transport/StreamMetadata.ts';
import type { CallOptions } from './CallOptions.ts';
import type { ClientEnvironment } from './ClientEnvironment.ts';

/** Responses that may wait for the reader: enough to keep the transport busy. */
const READ_AHEAD = 16;

type ChannelCall = ReturnType<ChannelInterface['createCall']>;

interface Reader {
  resolve(message: unknown): void;
  reject(error: unknown): void;
}

/**
 * One call under way, on grpc-js's channel itself. The stubs of grpc-js add an event emitter or a stream, four
 * closures and two stack traces to each call; promises and iterables need none of them.
 */
export class ClientCall {
  readonly #environment: ClientEnvironment;
  readonly #codec: MethodCodec;
  readonly #options: CallOptions;
  readonly #call: ChannelCall;
  /** Milliseconds since the epoch; Infinity: none. */
  readonly #deadline: number;
  readonly #span;
  readonly #started = performance.now();
  readonly #messages: unknown[] = [];
  #reading = false;
  #reader: Reader | undefined;
  #failure: RpcError | undefined;
  #ended = false;
  #sent: (() => void) | undefined;
  readonly #onEnd: (() => void)[] = [];

  /**
   * Starts the call: deadline, cancellation and trace come from the call that the code runs for, if there is one.
   *
   * @throws RpcError when that call is over already.
   */
  constructor(
    environment: ClientEnvironment,
    channel: ChannelInterface,
    codec: MethodCodec,
    options: CallOptions,
  ) {
    const scope = CallScope.current();
    if (scope?.cancelled) throw scope.cancelled;
    // A handler that has kept the loop busy past its deadline comes here before the timer that would have told it.
    if (scope && scope.deadline !== Infinity && Date.now() >= scope.deadline) {
      throw new RpcError(Status.DEADLINE_EXCEEDED, 'no time is left to make this call');
    }
    options.signal?.throwIfAborted();
    this.#environment = environment;
    this.#codec = codec;
    this.#options = options;
    this.#span = environment.tracing.client(codec.label);
    const timeout = options.timeoutMs === undefined ? Infinity : Date.now() + options.timeoutMs;
    this.#deadline = Math.min(scope?.deadline ?? Infinity, timeout);
    this.#call = channel.createCall(codec.path, this.#deadline, null, null, null);
    this.#inherit(scope);
    this.#call.start(this.#metadata(), {
      onReceiveMetadata: (header) => options.onHeader?.(header),
      onReceiveMessage: (bytes) => this.#receive(bytes),
      onReceiveStatus: (status) => this.#end(status),
    });
    if (codec.responseStream) this.#readAhead();
  }

  /**
   * Sends a request; resolves when the transport has taken it, or when the call has ended. One at a time: the next
   * follows when this one is resolved.
   */
  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) return resolve();
      this.#sent = resolve;
      this.#call.sendMessageWithContext({ callback: () => resolve() }, bytes);
    });
  }

  /** Sends the only request of a call. */
  sendOnly(bytes: Buffer): void {
    this.#call.sendMessageWithContext({}, bytes);
    this.#call.halfClose();
  }

  /** Says that no more messages follow. */
  halfClose(): void {
    // To the server, a call given up would look like one that is complete.
    if (!this.#ended && !this.#failure) this.#call.halfClose();
  }

  /** No more messages go out: the call has ended or was given up. */
  get ended(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  /** Calls back once, when the call has ended. */
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  /**
   * The next response; undefined after the last one. The only response of a method is given when the call has ended
   * well.
   *
   * @throws RpcError with the status that the call ended with, unless it is OK.
   */
  read(): Promise<unknown> {
    const complete = this.#codec.responseStream || (this.#ended && !this.#failure);
    if (this.#messages.length > 0 && complete) {
      const message = this.#messages.shift();
      this.#readAhead();
      return Promise.resolve(message);
    }
    if (this.#ended) return this.#failure ? Promise.reject(this.#failure) : Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#readAhead();
    });
  }

  /** Gives the call up. Harmless when it has ended. */
  cancel(reason: RpcError): void {
    if (this.#ended || this.#failure) return;
    this.#failure = reason;
    this.#call.cancelWithStatus(reason.code, reason.message);
  }

  #metadata(): Metadata {
    const { metadata: given, waitForReady } = this.#options;
    const metadata = this.#codec.responseStream
      ? new StreamMetadata(given)
      : (given?.clone() ?? new Metadata());
    if (waitForReady) metadata.setOptions({ ...metadata.getOptions(), waitForReady });
    writeTraceParent(metadata, this.#span.spanContext());
    return metadata;
  }

  #inherit(scope: CallScope | undefined): void {
    if (scope) this.#onEnd.push(scope.onCancel((reason) => this.cancel(reason)));
    const { signal } = this.#options;
    if (!signal) return;
    const abort = () => {
      const { reason } = signal;
      const error = new RpcError(Status.CANCELLED, 'cancelled by the caller', { cause: reason });
      this.cancel(reason instanceof RpcError ? reason : error);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#onEnd.push(() => signal.removeEventListener('abort', abort));
  }

  #readAhead(): void {
    if (this.#reading || this.#ended || this.#messages.length >= READ_AHEAD) return;
    this.#reading = true;
    this.#call.startRead();
  }

  #receive(bytes: Buffer): void {
    this.#reading = false;
    let message: unknown;
    try {
      message = this.#codec.decodeResponse(bytes);
    } catch (cause) {
      this.cancel(new RpcError(Status.INTERNAL, 'the response could not be decoded', { cause }));
      return;
    }
    const reader = this.#reader;
    if (!this.#codec.responseStream) {
      if (this.#messages.push(message) === 1) this.#call.startRead();
      else this.cancel(new RpcError(Status.UNIMPLEMENTED, 'more than one response came'));
      return;
    }
    if (reader) {
      this.#reader = undefined;
      reader.resolve(message);
    } else {
      this.#messages.push(message);
    }
    this.#readAhead();
  }

  #end(status: StatusObject): void {
    if (this.#ended) return;
    this.#ended = true;
    const { metrics, target, tracing } = this.#environment;
    if (status.code !== Status.OK) this.#failure ??= failureOf(status, this.#deadline);
    else if (!this.#codec.responseStream && this.#messages.length === 0) {
      this.#failure ??= new RpcError(Status.UNIMPLEMENTED, 'no response came');
    }
    const failure = this.#failure;
    const seconds = (performance.now() - this.#started) / 1_000;
    metrics.clientEnded(this.#codec.label, target, failure?.codeName ?? 'OK', seconds);
    tracing.end(this.#span, failure);
    this.#sent?.();
    for (const listener of this.#onEnd) listener();
    this.#options.onTrailer?.(status.metadata);
    const reader = this.#reader;
    this.#reader = undefined;
    if (failure) reader?.reject(failure);
    else reader?.resolve(this.#messages.shift());
  }
}

/** How grpc-js puts it when a server closes the stream of a call before it has sent a status. */
const CUT_OFF: ReadonlySet<string> = new Set([
  'Call cancelled',
  'Received RST_STREAM with code 0 (Call ended without gRPC status)',
]);

/** A server may find the deadline passed, and cut the call off, so much earlier: both count in milliseconds. */
const CLOCK_STEP_MS = 2;

/**
 * The failure that a status is. A call that the server cuts off, because it closes the connection or because its
 * permissions have changed, is CANCELLED or INTERNAL to grpc-js; but nobody here has cancelled it, nobody there has
 * failed at it, and trying again is right, unless it was cut off because its deadline has passed.
 */
function failureOf(status: StatusObject, deadline: number): RpcError {
  const { code, details } = status;
  if ((code === Status.CANCELLED || code === Status.INTERNAL) && CUT_OFF.has(details)) {
    return Date.now() + CLOCK_STEP_MS >= deadline
      ? new RpcError(Status.DEADLINE_EXCEEDED, 'the deadline has passed')
      : new RpcError(Status.UNAVAILABLE, 'the server has cut off the call');
  }
  // grpc-js gives no code to messages that say they are compressed in a way that the call is not.
  if (code === undefined)
    return new RpcError(Status.INTERNAL, 'a response could not be uncompressed');
  return RpcError.received(status);
}
