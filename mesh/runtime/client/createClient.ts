import { type ChannelInterface, status as Status } from '@grpc/grpc-js';
import type { MethodContract } from '@weft/mesh/contracts';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { CallOptions } from './CallOptions.ts';
import { ClientCall } from './ClientCall.ts';
import type { ClientEnvironment } from './ClientEnvironment.ts';
import type { ServiceClient } from './ServiceClient.ts';
import { sendAll } from './sendAll.ts';

/** What a client goes by in a method's contract. */
export type CallContract = Pick<MethodContract, 'idempotency' | 'timeoutMs'>;

/**
 * Makes a typed client of a gRPC service on a channel.
 *
 * @param contractOf Given a method's path. A unary call of a method that may be repeated is made once more when its
 * server is gone before the answer is complete, where gRPC itself no longer tries again, within the budget for retries
 * of its target; not where there is no budget. Default: none may.
 */
export function createClient<Service extends GrpcService>(
  service: Service,
  channel: ChannelInterface,
  { metrics, tracing }: Omit<ClientEnvironment, 'target'>,
  contractOf: (path: string) => CallContract | undefined = () => undefined,
): ServiceClient<Service> {
  const environment = { target: channel.getTarget(), metrics, tracing };
  const methods = Object.entries(service.methods).map(([name, method]) => {
    const codec = new MethodCodec(service, method);
    const call = kinds[`${codec.requestStream}-${codec.responseStream}`];
    const called: CalledMethod = {
      environment,
      channel,
      codec,
      contract: contractOf(codec.path) ?? NO_CONTRACT,
    };
    return [name, (input: never, options: CallOptions = DEFAULTS) => call(called, input, options)];
  });
  return Object.fromEntries(methods);
}

/** A method of a client. */
interface CalledMethod {
  readonly environment: ClientEnvironment;
  readonly channel: ChannelInterface;
  readonly codec: MethodCodec;
  readonly contract: CallContract;
}

type Stream = AsyncGenerator<unknown, void, void>;

const DEFAULTS: CallOptions = {};
const NO_CONTRACT: CallContract = { idempotency: 'unknown', timeoutMs: undefined };

const kinds = {
  'false-false': unary,
  'false-true': serverStream,
  'true-false': clientStream,
  'true-true': bidi,
} as const;

function open(
  { environment, channel, codec }: CalledMethod,
  options: CallOptions,
  latest?: number,
): ClientCall {
  return new ClientCall(environment, channel, codec, options, latest);
}

// A request that cannot be encoded starts no call.
async function unary(
  method: CalledMethod,
  request: unknown,
  options: CallOptions,
): Promise<unknown> {
  const bytes = method.codec.encodeRequest(request);
  const { idempotency, timeoutMs } = method.contract;
  const call = open(method, options);
  call.sendOnly(bytes);
  if (idempotency === 'unknown') return call.read();
  const latest = Math.min(call.deadline, Date.now() + (timeoutMs ?? Infinity));
  try {
    return await call.read();
  } catch (error) {
    if (Date.now() >= latest || !call.tryAcquireRetryToken()) throw error;
  }
  const again = open(method, options, latest);
  again.sendOnly(bytes);
  return again.read();
}

async function* serverStream(method: CalledMethod, request: unknown, options: CallOptions): Stream {
  const bytes = method.codec.encodeRequest(request);
  const call = open(method, options);
  call.sendOnly(bytes);
  yield* responses(call);
}

async function clientStream(
  method: CalledMethod,
  requests: AsyncIterable<unknown>,
  options: CallOptions,
): Promise<unknown> {
  const call = open(method, options);
  const source = sendAll(call, method.codec, requests);
  try {
    return await call.read();
  } catch (error) {
    throw source.failure ?? error;
  }
}

async function* bidi(
  method: CalledMethod,
  requests: AsyncIterable<unknown>,
  options: CallOptions,
): Stream {
  const call = open(method, options);
  const source = sendAll(call, method.codec, requests);
  try {
    yield* responses(call);
  } catch (error) {
    throw source.failure ?? error;
  }
}

async function* responses(call: ClientCall): Stream {
  try {
    for (;;) {
      const response = await call.read();
      if (response === undefined) return;
      yield response;
    }
  } finally {
    call.cancel(new RpcError(Status.CANCELLED, 'the caller stopped reading'));
  }
}
