import { status as Status } from '@grpc/grpc-js';
import type { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import type { ClientCall } from './ClientCall.ts';

/** A stream of requests on its way. */
export interface Sending {
  /** What the source of the requests threw, if it has. */
  readonly failure: unknown;
}

/**
 * Sends requests one by one, each as soon as the transport has taken the one before it: what its source gathers in
 * the meantime, it can send together. A source that throws ends the call; a call that ends, ends its source.
 */
export function sendAll(
  call: ClientCall,
  codec: MethodCodec,
  requests: AsyncIterable<unknown>,
): Sending {
  const sending: { failure: unknown } = { failure: undefined };
  const fail = (cause: unknown) => {
    sending.failure ??= cause;
    call.cancel(new RpcError(Status.CANCELLED, 'the requests ended with an error', { cause }));
  };
  const iterator = requests[Symbol.asyncIterator]();
  const send = async () => {
    while (!call.ended) {
      const next = await iterator.next();
      if (next.done) return call.halfClose();
      await call.send(codec.encodeRequest(next.value));
    }
  };
  // A generator that waits for something else comes to its `finally` when that is over.
  call.onEnd(() => iterator.return?.().catch(fail));
  send().catch(fail);
  return sending;
}
