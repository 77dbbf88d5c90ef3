import { setTimeout as sleep } from 'node:timers/promises';
import { type CallContext, implement } from '@weft/mesh/runtime';
import {
  BidiStreamRequest,
  ClientStreamRequest,
  ConformanceServiceDefinition,
  IdempotentUnaryRequest,
  ConformancePayload_RequestInfo as RequestInfo,
  ServerStreamRequest,
  type StreamResponseDefinition,
  UnaryRequest,
  type UnaryResponseDefinition,
} from '../gen/connectrpc/conformance/v1/service.ts';
import type { Any } from '../gen/google/protobuf/any.ts';
import { toRpcError } from './failures.ts';
import { addHeaders, toHeaders } from './headers.ts';

const PACKAGE = 'type.googleapis.com/connectrpc.conformance.v1';

// Not there, and so unimplemented: what the runner wants of it.
const { unimplemented: _, ...methods } = ConformanceServiceDefinition.methods;

/** The service that the runner calls, as its contract describes it. */
export const conformanceService = implement(
  { ...ConformanceServiceDefinition, methods },
  {
    unary: (request, context) =>
      respond(request.responseDefinition, [pack('UnaryRequest', UnaryRequest, request)], context),

    idempotentUnary: (request, context) =>
      respond(
        request.responseDefinition,
        [pack('IdempotentUnaryRequest', IdempotentUnaryRequest, request)],
        context,
      ),

    async clientStream(requests, context) {
      const seen: Any[] = [];
      let definition: UnaryResponseDefinition | undefined;
      for await (const request of requests) {
        if (seen.length === 0) definition = request.responseDefinition;
        seen.push(pack('ClientStreamRequest', ClientStreamRequest, request));
      }
      return respond(definition, seen, context);
    },

    async *serverStream(request, context) {
      const seen = [pack('ServerStreamRequest', ServerStreamRequest, request)];
      yield* new Responses(request.responseDefinition, context).rest(seen);
    },

    async *bidiStream(requests, context) {
      let responses: Responses | undefined;
      let fullDuplex = false;
      let seen: Any[] = [];
      for await (const request of requests) {
        if (!responses) {
          responses = new Responses(request.responseDefinition, context);
          fullDuplex = request.fullDuplex;
        }
        seen.push(pack('BidiStreamRequest', BidiStreamRequest, request));
        if (!fullDuplex) continue;
        if (responses.done) break;
        yield await responses.next(seen, true);
        seen = [];
      }
      if (responses) yield* responses.rest(seen);
    },
  },
);

/** The answer to a call that has one. */
async function respond(
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
  context: CallContext,
) {
  const requestInfo = describe(context, requests);
  addHeaders(context.header, definition?.responseHeaders ?? []);
  addHeaders(context.trailer, definition?.responseTrailers ?? []);
  await sleep(definition?.responseDelayMs ?? 0);
  const response = definition?.response;
  if (response?.$case === 'error') throw toRpcError(response.value, [packInfo(requestInfo)]);
  return { payload: { data: response?.value ?? Buffer.alloc(0), requestInfo } };
}

/** The answers to a call that has many. */
class Responses {
  readonly #definition: StreamResponseDefinition | undefined;
  readonly #context: CallContext;
  #sent = 0;

  constructor(definition: StreamResponseDefinition | undefined, context: CallContext) {
    this.#definition = definition;
    this.#context = context;
    if (!definition) return;
    addHeaders(context.header, definition.responseHeaders);
    addHeaders(context.trailer, definition.responseTrailers);
    context.sendHeader();
  }

  get done(): boolean {
    return this.#sent >= (this.#definition?.responseData.length ?? 0);
  }

  /** @param always Says which requests were seen before each answer, not only before the first. */
  async next(seen: Any[], always: boolean) {
    const data = this.#definition?.responseData[this.#sent] ?? Buffer.alloc(0);
    let requestInfo: RequestInfo | undefined;
    if (this.#sent === 0) requestInfo = describe(this.#context, seen);
    else if (always) requestInfo = RequestInfo.create({ requests: seen });
    this.#sent += 1;
    await sleep(this.#definition?.responseDelayMs ?? 0);
    return { payload: { data, requestInfo } };
  }

  /** What has not been sent yet, and then the failure that was ordered, if one was. */
  async *rest(seen: Any[]) {
    while (!this.done) yield await this.next(seen, false);
    const error = this.#definition?.error;
    if (!error) return;
    throw toRpcError(error, this.#sent === 0 ? [packInfo(describe(this.#context, seen))] : []);
  }
}

function describe(context: CallContext, requests: Any[]): RequestInfo {
  const { deadline, metadata } = context;
  return {
    requestHeaders: toHeaders(metadata),
    timeoutMs: deadline && Math.max(0, deadline.getTime() - Date.now()),
    requests,
    connectGetInfo: undefined,
  };
}

function packInfo(info: RequestInfo): Any {
  return pack('ConformancePayload.RequestInfo', RequestInfo, info);
}

function pack<T>(
  name: string,
  type: { encode(message: T): { finish(): Uint8Array } },
  message: T,
): Any {
  return { typeUrl: `${PACKAGE}.${name}`, value: Buffer.from(type.encode(message).finish()) };
}
