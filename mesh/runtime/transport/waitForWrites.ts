interface Buffers {
  allocate(bytes: number, call: number): boolean;
  free(bytes: number, call: number): void;
  freeAll(call: number): void;
}

/** The part of grpc-js's retrying call that is used. */
export interface RetryingCall {
  readonly state: string;
  bufferTracker: Buffers;
  sendMessageWithContext(context: { callback?: (error?: Error) => void }, message: Buffer): void;
}

/**
 * Lets a client stream feel how fast its messages leave. grpc-js keeps what is sent, up to 1 MiB a call, for the case
 * that the call is tried again, and says at once that the message has been taken: a sender that makes a batch of what
 * piled up meanwhile then sends the smallest batches as fast as it can, and a megabyte of them waits in front of the
 * connection. Once the server has answered no call is tried again, so from then on a message is taken when it is
 * written.
 */
export function waitForWrites(call: { readonly prototype: RetryingCall }): void {
  const { prototype } = call;
  const { sendMessageWithContext } = prototype;
  prototype.sendMessageWithContext = function (this: RetryingCall, context, message) {
    if (this.state === 'COMMITTED' && !(this.bufferTracker instanceof NoBuffers)) {
      this.bufferTracker = new NoBuffers(this.bufferTracker);
    }
    sendMessageWithContext.call(this, context, message);
  };
}

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
