import { type ChannelInterface, type Metadata, status as Status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js/build/src/call-interface.js';
import type { Span } from '@opentelemetry/api';
import { CallScope } from '../rpc/CallScope.ts';
import type { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { TracedMetadata } from '../telemetry/TracedMetadata.ts';
import type { CallOptions } from './CallOptions.ts';
import type { ClientEnvironment } from './ClientEnvironment.ts';
import { failureOf, isCutOff } from './failureOf.ts';
import { StreamMetadata } from './StreamMetadata.ts';
import { tryAcquireRetryToken } from './tryAcquireRetryToken.ts';

/** Responses that may wait for the reader: enough to keep the transport busy. */
const READ_AHEAD = 16;

type ChannelCall = ReturnType<ChannelInterface['createCall']>;
type Listener = Parameters<ChannelCall['start']>[1];

/** What a message that nobody waits for is sent with. */
const UNWATCHED = {};

interface Reader {
  resolve(message: unknown): void;
  reject(error: unknown): void;
}

/**
 * One call under way, on grpc-js's channel itself. The stubs of grpc-js add an event emitter or a stream, four
 * closures and two stack traces to each call; promises and iterables need none of them. It is what the channel's call
 * tells of its events itself.
 */
export class ClientCall implements Listener {
  readonly #environment: ClientEnvironment;
  readonly #codec: MethodCodec;
  readonly #options: CallOptions;
  readonly #call: ChannelCall;
  readonly #deadline: number;
  #span: Span | undefined;
  readonly #started = performance.now();
  /** Of a stream: those that wait for the reader. */
  #messages: unknown[] | undefined;
  /** Of a method with one response. */
  #response: unknown;
  #reading = false;
  #reader: Reader | undefined;
  #failure: RpcError | undefined;
  #ended = false;
  #hasHeader = false;
  #isCutOff = false;
  #sent: (() => void) | undefined;
  #onEnd: (() => void)[] | undefined;

  /**
   * Starts the call: deadline, cancellation, trace and principal come from the call that the code runs for, if there is one.
   *
   * @param latest When it must have ended, in milliseconds since the epoch, whatever the options say. Default: never.
   * @throws RpcError when that call is over already.
   */
  constructor(
    environment: ClientEnvironment,
    channel: ChannelInterface,
    codec: MethodCodec,
    options: CallOptions,
    latest = Infinity,
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
    this.#deadline = Math.min(scope?.deadline ?? Infinity, timeout, latest);
    this.#call = channel.createCall(codec.path, this.#deadline, null, null, null);
    this.#inherit(scope);
    this.#call.start(this.#metadata(scope?.principalToken), this);
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
    this.#call.sendMessageWithContext(UNWATCHED, bytes);
    this.#call.halfClose();
  }

  /** Says that no more messages follow. */
  halfClose(): void {
    // To the server, a call given up would look like one that is complete.
    if (!this.#ended && !this.#failure) this.#call.halfClose();
  }

  /** When it fails for want of an answer, in milliseconds since the epoch; Infinity: never. */
  get deadline(): number {
    return this.#deadline;
  }

  /**
   * Whether it has failed because its server is gone or has cut it off, in a way that gRPC's own retries leave alone, and
   * the budget for retries, which pays for it here, lets it be made again.
   */
  tryAcquireRetryToken(): boolean {
    return this.#isCutOff && tryAcquireRetryToken(this.#call);
  }

  /** No more messages go out: the call has ended or was given up. */
  get ended(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  /** Calls back once, when the call has ended. */
  onEnd(listener: () => void): void {
    this.#onEnd ??= [];
    this.#onEnd.push(listener);
  }

  /**
   * The next response; undefined after the last one. The only response of a method is given when the call has ended
   * well.
   *
   * @throws RpcError with the status that the call ended with, unless it is OK.
   */
  read(): Promise<unknown> {
    if (this.#messages?.length) {
      const message = this.#messages.shift();
      this.#readAhead();
      return Promise.resolve(message);
    }
    if (this.#ended) {
      return this.#failure ? Promise.reject(this.#failure) : Promise.resolve(this.#takeResponse());
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#readAhead();
    });
  }

  /** Gives the call up. Harmless when it has ended. */
  cancel(reason: RpcError): void {
    if (this.#ended || this.#failure) return;
    this.#failure = reason;
    // For the caller it is over now, and a process that ends does not wait for what comes after.
    this.#endSpan();
    this.#call.cancelWithStatus(reason.code, reason.message);
  }

  /** Of the channel's call. */
  onReceiveMetadata(header: Metadata): void {
    this.#hasHeader = true;
    this.#options.onHeader?.(header);
  }

  /** Of the channel's call. */
  onReceiveMessage(bytes: Buffer): void {
    this.#reading = false;
    let message: unknown;
    try {
      message = this.#codec.decodeResponse(bytes);
    } catch (cause) {
      this.cancel(new RpcError(Status.INTERNAL, 'the response could not be decoded', { cause }));
      return;
    }
    if (this.#codec.responseStream) this.#receiveNext(message);
    else this.#receiveOnly(message);
  }

  /** Of the channel's call. */
  onReceiveStatus(status: StatusObject): void {
    if (this.#ended) return;
    this.#ended = true;
    const { metrics, target } = this.#environment;
    if (status.code !== Status.OK) {
      this.#isCutOff = isCutOff(status, this.#hasHeader);
      this.#failure ??= failureOf(status, this.#deadline);
    } else if (!this.#codec.responseStream && this.#response === undefined) {
      this.#failure ??= new RpcError(Status.UNIMPLEMENTED, 'no response came');
    }
    const failure = this.#failure;
    const seconds = (performance.now() - this.#started) / 1_000;
    metrics.clientEnded(this.#codec.label, target, failure?.codeName ?? 'OK', seconds);
    this.#endSpan();
    this.#sent?.();
    if (this.#onEnd) for (const listener of this.#onEnd) listener();
    this.#options.onTrailer?.(status.metadata);
    const reader = this.#reader;
    this.#reader = undefined;
    if (!reader) return;
    if (failure) reader.reject(failure);
    else reader.resolve(this.#takeResponse());
  }

  #endSpan(): void {
    this.#environment.tracing.end(this.#span, this.#failure);
    this.#span = undefined;
  }

  #metadata(principalToken: string | undefined): Metadata {
    const { metadata: given, waitForReady } = this.#options;
    const context = this.#span?.spanContext() ?? this.#environment.tracing.current();
    const metadata = this.#codec.responseStream
      ? new StreamMetadata(context, principalToken, given)
      : new TracedMetadata(context, principalToken, given);
    if (waitForReady) metadata.setOptions({ ...metadata.getOptions(), waitForReady });
    return metadata;
  }

  #inherit(scope: CallScope | undefined): void {
    if (scope) this.onEnd(scope.onCancel((reason) => this.cancel(reason)));
    const { signal } = this.#options;
    if (!signal) return;
    const abort = () => {
      const { reason } = signal;
      const error = new RpcError(Status.CANCELLED, 'cancelled by the caller', { cause: reason });
      this.cancel(reason instanceof RpcError ? reason : error);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.onEnd(() => signal.removeEventListener('abort', abort));
  }

  #readAhead(): void {
    if (this.#reading || this.#ended) return;
    if (this.#messages && this.#messages.length >= READ_AHEAD) return;
    this.#reading = true;
    this.#call.startRead();
  }

  #receiveNext(message: unknown): void {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader.resolve(message);
    } else {
      this.#messages ??= [];
      this.#messages.push(message);
    }
    this.#readAhead();
  }

  /** A second response is an error, so it is asked for. */
  #receiveOnly(response: unknown): void {
    if (this.#response === undefined) {
      this.#response = response;
      this.#call.startRead();
    } else {
      this.cancel(new RpcError(Status.UNIMPLEMENTED, 'more than one response came'));
    }
  }

  /** Undefined after it has been taken, and for a stream, which has ended. */
  #takeResponse(): unknown {
    const response = this.#response;
    this.#response = undefined;
    return response;
  }
}
