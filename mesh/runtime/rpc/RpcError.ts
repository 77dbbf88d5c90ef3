import { Metadata, status as Status } from '@grpc/grpc-js';
import { decodeDetails, type ErrorDetail, encodeDetails } from './errorDetails.ts';

/** Where gRPC carries google.rpc.Status beside code and message. */
const DETAILS_KEY = 'grpc-status-details-bin';

export interface RpcErrorOptions extends ErrorOptions {
  /** What the caller's program may read: google.rpc details such as BadRequest. */
  readonly details?: readonly ErrorDetail[];
  /** Trailers that the call ends with. */
  readonly trailer?: Metadata;
}

/**
 * A call that failed, with a gRPC status. A handler throws it and the caller's client throws it again. Code,
 * message and details travel; `cause` stays in the process that threw, for its log.
 *
 * ```ts
 * throw new RpcError(Status.NOT_FOUND, `no asset ${symbol}`);
 * ```
 */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: Status;
  /** Trailers of the failed call. */
  readonly trailer: Metadata;
  #details: readonly ErrorDetail[] | undefined;

  constructor(code: Status, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.#details = options.details;
    this.trailer = options.trailer ?? new Metadata();
  }

  /** Name of the code, such as "NOT_FOUND". */
  get codeName(): string {
    return Status[this.code] ?? `code ${this.code}`;
  }

  /**
   * The google.rpc details; those of a received error are decoded when first read. Bytes that cannot be decoded
   * count as none: the failure itself is what matters.
   */
  get details(): readonly ErrorDetail[] {
    this.#details ??= received(this.trailer);
    return this.#details;
  }

  /** The trailers that carry this error, details included. */
  trailerWithDetails(): Metadata {
    if (!this.#details?.length) return this.trailer;
    const trailer = this.trailer.clone();
    trailer.set(DETAILS_KEY, encodeDetails(this.code, this.message, this.#details));
    return trailer;
  }
}

function received(trailer: Metadata): ErrorDetail[] {
  const [encoded] = trailer.get(DETAILS_KEY);
  if (!(encoded instanceof Buffer)) return [];
  try {
    return decodeDetails(encoded);
  } catch {
    return [];
  }
}
