import type { Metadata } from '@grpc/grpc-js';

/** What one call may say about itself. A call made from a handler inherits that call's deadline and cancellation. */
export interface CallOptions {
  /** Gives the call up with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Time for the whole call, retries included, in milliseconds. Default: what the contract says. */
  readonly timeoutMs?: number;
  /** Sent along. */
  readonly metadata?: Metadata;
  /**
   * While no instance can be reached: true waits for one until the deadline, false fails with UNAVAILABLE. An
   * instance that is just being connected to is waited for either way. Default: false.
   */
  readonly waitForReady?: boolean;
  /** Told of what the server sends before its first message. */
  readonly onHeader?: (header: Metadata) => void;
  /** Told of what the server sends with its status. */
  readonly onTrailer?: (trailer: Metadata) => void;
}
