import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, MessageType, ServiceClient } from '@weft/mesh/runtime';
import type {
  ClientCompatRequest,
  ClientResponseResult,
} from '../gen/connectrpc/conformance/v1/client_compat.ts';
import { StreamType } from '../gen/connectrpc/conformance/v1/config.ts';
import {
  BidiStreamRequest,
  ClientStreamRequest,
  ConformancePayload,
  type ConformanceServiceDefinition,
  IdempotentUnaryRequest,
  ServerStreamRequest,
  UnaryRequest,
  UnimplementedRequest,
} from '../gen/connectrpc/conformance/v1/service.ts';
import { toFailure } from './failures.ts';
import { toHeaders, toMetadata } from './headers.ts';

type Client = ServiceClient<typeof ConformanceServiceDefinition>;
type Response = { payload?: ConformancePayload | undefined };

/**
 * Makes one call as the runner asks, and tells what came of it.
 *
 * @throws for a request that makes no sense.
 */
export async function invoke(
  client: Client,
  request: ClientCompatRequest,
): Promise<ClientResponseResult> {
  const call = new Invocation(request);
  const { options } = call;
  switch (request.method) {
    case 'Unary':
      return call.one(client.unary(call.only(UnaryRequest), options));
    case 'IdempotentUnary':
      return call.one(client.idempotentUnary(call.only(IdempotentUnaryRequest), options));
    case 'Unimplemented':
      return call.one(client.unimplemented(call.only(UnimplementedRequest), options));
    case 'ClientStream':
      return call.one(client.clientStream(call.all(ClientStreamRequest), options));
    case 'ServerStream':
      return call.many(client.serverStream(call.only(ServerStreamRequest), options));
    case 'BidiStream':
      return call.many(client.bidiStream(call.all(BidiStreamRequest), options));
    default:
      throw new Error(`no method ${request.method}`);
  }
}

/** One call, and what has been seen of it. */
class Invocation {
  readonly options: CallOptions;
  readonly #request: ClientCompatRequest;
  readonly #aborting = new AbortController();
  readonly #result: ClientResponseResult = {
    responseHeaders: [],
    payloads: [],
    error: undefined,
    responseTrailers: [],
    numUnsentRequests: 0,
    httpStatusCode: undefined,
    feedback: [],
  };
  /** Called when a response has come, or the last one has. */
  #answered = () => {};

  constructor(request: ClientCompatRequest) {
    this.#request = request;
    this.#result.numUnsentRequests = request.requestMessages.length;
    this.options = {
      signal: this.#aborting.signal,
      metadata: toMetadata(request.requestHeaders),
      ...(request.timeoutMs !== undefined && { timeoutMs: request.timeoutMs }),
      onHeader: (header) => {
        this.#result.responseHeaders = toHeaders(header);
      },
      onTrailer: (trailer) => {
        this.#result.responseTrailers = toHeaders(trailer);
      },
    };
  }

  /** The request of a call that has one; it is sent by calling. */
  only<T>(type: MessageType<T>): T {
    const [message, ...others] = this.#request.requestMessages;
    if (!message || others.length > 0) throw new Error('this method takes one request');
    this.#result.numUnsentRequests = 0;
    setImmediate(() => this.#sentAll());
    return type.decode(message.value);
  }

  /** The requests of a call that has many; with full duplex, each waits for the response to the one before it. */
  async *all<T>(type: MessageType<T>): AsyncGenerator<T, void, void> {
    const fullDuplex = this.#request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
    for (const { value } of this.#request.requestMessages) {
      await sleep(this.#request.requestDelayMs);
      const answered = new Promise<void>((resolve) => {
        this.#answered = resolve;
      });
      yield type.decode(value);
      this.#result.numUnsentRequests -= 1;
      if (fullDuplex) await answered;
    }
    if (this.#request.cancel?.cancelTiming?.$case === 'beforeCloseSend') this.#aborting.abort();
    this.#sentAll();
  }

  async one(call: Promise<Response>): Promise<ClientResponseResult> {
    try {
      const { payload } = await call;
      this.#result.payloads.push(payload ?? ConformancePayload.create());
    } catch (error) {
      this.#result.error = toFailure(error);
    }
    return this.#result;
  }

  async many(call: AsyncIterable<Response>): Promise<ClientResponseResult> {
    const timing = this.#request.cancel?.cancelTiming;
    try {
      for await (const { payload } of call) {
        this.#result.payloads.push(payload ?? ConformancePayload.create());
        if (
          timing?.$case === 'afterNumResponses' &&
          timing.value === this.#result.payloads.length
        ) {
          this.#aborting.abort();
        }
        this.#answered();
      }
    } catch (error) {
      this.#result.error = toFailure(error);
    }
    this.#answered();
    return this.#result;
  }

  #sentAll(): void {
    const { cancel } = this.#request;
    if (!cancel) return;
    const timing = cancel.cancelTiming;
    if (timing !== undefined && timing.$case !== 'afterCloseSendMs') return;
    setTimeout(() => this.#aborting.abort(), timing?.value ?? 0);
  }
}
