import { type ChannelInterface, status as Status } from '@grpc/grpc-js';
import type { GrpcService } from '../rpc/GrpcService.ts';
import { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { CallOptions } from './CallOptions.ts';
import { ClientCall } from './ClientCall.ts';
import type { ClientEnvironment } from './ClientEnvironment.ts';
import type { ServiceClient } from './ServiceClient.ts';
import { sendAll } from './sendAll.ts';

/** Makes a typed client of a gRPC service on a channel. */
export function createClient<Service extends GrpcService>(
  service: Service,
  channel: ChannelInterface,
  environment: ClientEnvironment,
): ServiceClient<Service> {
  const methods = Object.entries(service.methods).map(([name, method]) => {
    const codec = new MethodCodec(service, method);
    const open = (options: CallOptions = {}) =>
      new ClientCall(environment, channel, codec, options);
    const call = kinds[`${codec.requestStream}-${codec.responseStream}`];
    return [name, (input: never, options?: CallOptions) => call(() => open(options), input)];
  });
  return Object.fromEntries(methods);
}

type Open = () => ClientCall;

const kinds = {
  'false-false': unary,
  'false-true': serverStream,
  'true-false': clientStream,
  'true-true': bidi,
} as const;

async function unary(open: Open, request: unknown): Promise<unknown> {
  const call = open();
  call.sendOnly(request);
  return call.read();
}

async function* serverStream(open: Open, request: unknown): AsyncGenerator<unknown, void, void> {
  const call = open();
  call.sendOnly(request);
  yield* responses(call);
}

async function clientStream(open: Open, requests: AsyncIterable<unknown>): Promise<unknown> {
  const call = open();
  const source = sendAll(call, requests);
  try {
    return await call.read();
  } catch (error) {
    throw source.failure ?? error;
  }
}

async function* bidi(
  open: Open,
  requests: AsyncIterable<unknown>,
): AsyncGenerator<unknown, void, void> {
  const call = open();
  const source = sendAll(call, requests);
  try {
    yield* responses(call);
  } catch (error) {
    throw source.failure ?? error;
  }
}

async function* responses(call: ClientCall): AsyncGenerator<unknown, void, void> {
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
