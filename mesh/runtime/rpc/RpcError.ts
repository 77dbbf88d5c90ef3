import { Metadata, status as Status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js/build/src/call-interface.js';
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
  #received = false;

  /** @throws TypeError for a detail that is neither of google.rpc nor bytes. */
  constructor(code: Status, message: string, options: RpcErrorOptions = {}) {
    // Half a surrogate pair cannot be sent: grpc-js throws where nothing can catch it.
    super(
      message.toWellFormed(),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.trailer = options.trailer?.clone() ?? new Metadata();
    if (options.details?.length) {
      this.#details = options.details;
      this.trailer.set(DETAILS_KEY, encodeDetails(code, message, options.details));
    }
  }

  /** The failure that a call ended with. */
  static received({ code, details, metadata }: StatusObject): RpcError {
    const error = new RpcError(code, details, { trailer: metadata });
    error.#received = true;
    return error;
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
    this.#details ??= decoded(this.trailer);
    return this.#details;
  }

  /**
   * The trailers to end a call with. A handler that lets another service's failure through passes its details on,
   * and not whatever else came with it.
   */
  outgoing(): Metadata {
    if (!this.#received) return this.trailer;
    const trailer = new Metadata();
    const [details] = this.trailer.get(DETAILS_KEY);
    if (details !== undefined) trailer.set(DETAILS_KEY, details);
    return trailer;
  }
}

function decoded(trailer: Metadata): ErrorDetail[] {
  const [encoded] = trailer.get(DETAILS_KEY);
  if (!(encoded instanceof Buffer)) return [];
  try {
    return decodeDetails(encoded);
  } catch {
    return [];
  }
}
