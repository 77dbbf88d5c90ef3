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
  { metrics, tracing }: Omit<ClientEnvironment, 'target'>,
): ServiceClient<Service> {
  const environment = { target: channel.getTarget(), metrics, tracing };
  const methods = Object.entries(service.methods).map(([name, method]) => {
    const codec = new MethodCodec(service, method);
    const call = kinds[`${codec.requestStream}-${codec.responseStream}`];
    return [
      name,
      (input: never, options: CallOptions = {}) =>
        call(codec, input, () => new ClientCall(environment, channel, codec, options)),
    ];
  });
  return Object.fromEntries(methods);
}

type Open = () => ClientCall;
type Stream = AsyncGenerator<unknown, void, void>;

const kinds = {
  'false-false': unary,
  'false-true': serverStream,
  'true-false': clientStream,
  'true-true': bidi,
} as const;

// A request that cannot be encoded starts no call.
async function unary(codec: MethodCodec, request: unknown, open: Open): Promise<unknown> {
  const bytes = codec.encodeRequest(request);
  const call = open();
  call.sendOnly(bytes);
  return call.read();
}

async function* serverStream(codec: MethodCodec, request: unknown, open: Open): Stream {
  const bytes = codec.encodeRequest(request);
  const call = open();
  call.sendOnly(bytes);
  yield* responses(call);
}

async function clientStream(
  codec: MethodCodec,
  requests: AsyncIterable<unknown>,
  open: Open,
): Promise<unknown> {
  const call = open();
  const source = sendAll(call, codec, requests);
  try {
    return await call.read();
  } catch (error) {
    throw source.failure ?? error;
  }
}

async function* bidi(codec: MethodCodec, requests: AsyncIterable<unknown>, open: Open): Stream {
  const call = open();
  const source = sendAll(call, codec, requests);
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
