import { expectMethods, type Patch } from './Patch.ts';

interface Buffers {
  allocate(bytes: number, call: number): boolean;
  free(bytes: number, call: number): void;
  freeAll(call: number): void;
}

/** The part of grpc-js's retrying call that is used. */
interface RetryingCall {
  readonly state: string;
  bufferTracker: Buffers;
  sendMessageWithContext(context: { callback?: (error?: Error) => void }, message: Buffer): void;
}

/**
 * Lets a client stream feel how fast its messages leave. grpc-js keeps what is sent, up to 1 MiB a call, for the case
 * that the call is tried again, and says at once that the message has been taken: a sender that makes a batch of what
 * piled up meanwhile then sends the smallest batches as fast as it can, and a megabyte of them waits in front of the
 * connection. Once the server has answered the call is committed, as gRFC A6 has it, and no longer tried again: from then
 * on a message is taken when it is written.
 */
export const bypassRetryBufferOnceCommitted: Patch<{
  readonly RetryingCall: { readonly prototype: object };
}> = {
  name: 'bypassRetryBufferOnceCommitted',
  stage: 'import',
  touches: '@grpc/grpc-js: RetryingCall.sendMessageWithContext',
  without: 'a stream of small messages runs a megabyte ahead of its connection',
  upstream: 'docs/upstream.md#bypassretrybufferoncecommitted',
  async targets() {
    const { RetryingCall } = await import('@grpc/grpc-js/build/src/retrying-call.js');
    return { RetryingCall };
  },
  apply({ RetryingCall }, refuse) {
    const prototype = expectMethods<RetryingCall>('RetryingCall', RetryingCall.prototype, {
      sendMessageWithContext: 2,
    });
    const { sendMessageWithContext } = prototype;
    prototype.sendMessageWithContext = function (context, message) {
      if (this.state === 'COMMITTED' && !(this.bufferTracker instanceof NoBuffers)) {
        try {
          const before = expectMethods<Buffers>('RetryingCall.bufferTracker', this.bufferTracker, {
            allocate: 2,
            free: 2,
            freeAll: 1,
          });
          this.bufferTracker = new NoBuffers(before);
        } catch (error) {
          refuse((error as Error).message);
        }
      }
      sendMessageWithContext.call(this, context, message);
    };
  },
};

/** Has no room for what is sent from now on; what was kept before is given back. */
class NoBuffers implements Buffers {
  readonly #before: Buffers;

  constructor(before: Buffers) {
    this.#before = before;
  }

  allocate(): boolean {
    return false;
  }

  free(bytes: number, call: number): void {
    this.#before.free(bytes, call);
  }

  freeAll(call: number): void {
    this.#before.freeAll(call);
  }
}
