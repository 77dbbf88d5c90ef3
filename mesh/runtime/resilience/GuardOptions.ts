import type { CallOptions } from '../client/CallOptions.ts';

/** A call that can be guarded: a unary method of a client, or any function that minds `options.signal`. */
export type GuardedCall<Argument, Result> = (
  argument: Argument,
  options?: CallOptions,
) => Promise<Result>;

/** How a call site behaves while what it calls is slow or fails. */
export interface GuardOptions<Argument, Result> {
  /** Names the circuit in metrics and logs, such as "analytics-summary"; unique in the process. */
  readonly name: string;
  /**
   * What to answer instead, such as a cached or reduced answer. Gets the failure: an RpcError (DEADLINE_EXCEEDED
   * after `timeoutMs`, UNAVAILABLE while the circuit is open) or what the call has thrown. What it throws, the
   * caller gets. Not asked when the caller itself is at fault, as with INVALID_ARGUMENT or NOT_FOUND.
   */
  fallback(error: unknown, argument: Argument): Result | Promise<Result>;
  /** The call is cancelled after this time, in milliseconds. Default: 3,000. */
  readonly timeoutMs?: number;
  /** The circuit opens when more than this share of the last ten seconds' calls failed, in percent. Default: 50. */
  readonly errorPercent?: number;
  /** It stays closed below this number of calls in ten seconds: one failure of one says little. Default: 5. */
  readonly minimumCalls?: number;
  /** How long an open circuit calls nobody before it tries one call, in milliseconds. Default: 30,000. */
  readonly resetMs?: number;
}
