import { type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { MethodContract } from '@weft/mesh/contracts';
import {
  authorize,
  errorInfo,
  type GrpcMethod,
  type MessageType,
  Metadata,
  RpcError,
  type ServiceContext,
  Status,
} from '@weft/mesh/runtime';
import { networkOf } from '../../../kit/http/networkOf.ts';
import { GraphqlReason } from '../GraphqlReason.ts';
import { ADDRESS_HEADER, type Asker } from './Asker.ts';
import type { RateLimits } from './RateLimits.ts';

export interface CallSettings {
  /** Milliseconds that are left for it. Default: what its contract says. */
  readonly timeoutMs?: number;
  readonly idempotencyKey?: string | undefined;
}

type Called = (request: Message, options: object) => unknown;

/** Calls the methods of all services, on behalf of who asks, as the edge does for REST: within the limits of their contracts. */
export class Caller {
  readonly #client: ServiceContext['client'];
  readonly #limits: RateLimits;
  readonly #called = new Map<string, Called>();

  constructor(client: ServiceContext['client'], limits: RateLimits) {
    this.#client = client;
    this.#limits = limits;
  }

  /** @throws RpcError of the service, and as #admit(). */
  async unary(
    method: MethodContract,
    request: Message,
    asker: Asker,
    { timeoutMs, idempotencyKey }: CallSettings = {},
  ): Promise<Message> {
    this.#admit(method, asker);
    const metadata = metadataOf(method, request, asker);
    if (idempotencyKey !== undefined) metadata.set('idempotency-key', idempotencyKey);
    const options = { metadata, signal: asker.signal, ...(timeoutMs && { timeoutMs }) };
    return (await this.#methodOf(method)(request, options)) as Message;
  }

  /** @throws as #admit(), at once. */
  stream(
    method: MethodContract,
    request: Message,
    asker: Asker,
    signal: AbortSignal,
  ): AsyncIterable<Message> {
    this.#admit(method, asker);
    const metadata = metadataOf(method, request, asker);
    const options = {
      metadata,
      signal: AbortSignal.any([asker.signal, signal]),
      ...(method.maxStreamDurationMs && { timeoutMs: method.maxStreamDurationMs }),
    };
    return this.#methodOf(method)(request, options) as AsyncIterable<Message>;
  }

  /**
   * @throws RpcError UNAUTHENTICATED or PERMISSION_DENIED for who may not by the contract, before its service is asked, which takes
   *   services for others than those who come by one; RESOURCE_EXHAUSTED, reason RATE_LIMIT, for who has called too often.
   */
  #admit(method: MethodContract, { principal, address }: Asker): void {
    authorize({ ...method, allowsServices: false }, principal, () => undefined);
    const who = principal
      ? `${principal.kind}:${principal.subject}`
      : `address:${networkOf(address)}`;
    const waitMs = this.#limits.take(`${method.path} ${who}`, method.rateLimit);
    if (waitMs === 0) return;
    const retryDelay = {
      seconds: Math.floor(waitMs / 1_000),
      nanos: (waitMs % 1_000) * 1_000_000,
    };
    throw new RpcError(Status.RESOURCE_EXHAUSTED, `${method.name} has been called too often`, {
      details: [
        errorInfo(GraphqlReason.RATE_LIMIT),
        { type: 'google.rpc.RetryInfo', value: { retryDelay } },
      ],
    });
  }

  /** With the first call: the channel to a service that nobody asks for is never opened. */
  #methodOf(method: MethodContract): Called {
    let called = this.#called.get(method.path);
    if (!called) {
      const client = this.#client({
        fullName: method.service,
        methods: { called: describe(method) },
      });
      called = client.called as Called;
      this.#called.set(method.path, called);
    }
    return called;
  }
}

function metadataOf(
  { routingHeader, input }: MethodContract,
  request: Message,
  { address }: Asker,
): Metadata {
  const metadata = new Metadata();
  if (address) metadata.set(ADDRESS_HEADER, address);
  const field = routingHeader && input.fields.find(({ name }) => name === routingHeader.field);
  const value = field && (request as unknown as Record<string, unknown>)[field.localName];
  // What no header can hold routes nothing; the service says what is wrong with it.
  if (routingHeader && typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)) {
    metadata.set(routingHeader.header, value);
  }
  return metadata;
}

function describe({ name, input, output, responseStream }: MethodContract): GrpcMethod {
  return {
    name,
    responseStream,
    requestStream: false,
    requestType: typeOf(input),
    responseType: typeOf(output),
  };
}

function typeOf(schema: DescMessage): MessageType<Message> {
  return {
    encode: (message) => ({ finish: () => toBinary(schema, message) }),
    decode: (bytes) => fromBinary(schema, bytes),
  };
}
