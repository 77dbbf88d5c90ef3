import { status } from '@grpc/grpc-js';

/** A client asks for what it will not get: its stream ends with this status and message. */
export class StreamRefusal extends Error {
  override readonly name = 'StreamRefusal';
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }

  /** It asks for more than is kept for one client, or for all. */
  static tooMuch(message: string): StreamRefusal {
    return new StreamRefusal(status.RESOURCE_EXHAUSTED, message);
  }

  /** It does not say what its resources depend on. */
  static unusable(message: string): StreamRefusal {
    return new StreamRefusal(status.INVALID_ARGUMENT, message);
  }
}
