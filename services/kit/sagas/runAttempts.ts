import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff, isRejection, RpcError } from '@weft/mesh/runtime';
import { CANCELLED, failureOf, type StepFailure } from './StepError.ts';

/** What has become of a step. It is kept. */
export type StepOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly failure: StepFailure };

export interface AttemptsOptions<Result> {
  /** One try. */
  readonly act: (attempt: number, signal: AbortSignal) => Promise<Result>;
  /** Milliseconds for one. */
  readonly timeoutMs: number;
  /** Infinity: until it succeeds. */
  readonly attempts: number;
  /** Whether a refusal (see isRejection()) ends them, too. */
  readonly endsWhenRefused: boolean;
  /** Ends them when the saga is cancelled; undefined: that changes nothing. */
  readonly cancelled: AbortSignal | undefined;
  /** Aborts when this process must not act for the saga any more. */
  readonly stopped: AbortSignal;
  /** @throws when this process must not act for the saga any more: it is let through. */
  readonly assertMayAct: () => void;
  /** Begins a try when there is room for it. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Resolves when somebody wants it tried again at once. */
  readonly retried: () => Promise<void>;
  /** Told of each try that has failed, and of the success after it. */
  readonly onFailure: (attempt: number, failure: StepFailure) => Promise<void>;
  readonly onRecovery: () => Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;
/** How long a try that was given up is waited for, so that what undoes it does not come first. */
const GRACE_MS = 1_000;

/** A try has taken too long. Whether it has acted is not known. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout';
}

/** Tries something until it succeeds or has failed for good, with growing pauses. */
export async function runAttempts<Result>(
  options: AttemptsOptions<Result>,
): Promise<StepOutcome<Result>> {
  const { attempts, endsWhenRefused, cancelled, stopped, assertMayAct } = options;
  const backoff = new Backoff({
    firstMs: FIRST_PAUSE_MS,
    longestMs: LONGEST_PAUSE_MS,
    isSpread: true,
  });
  for (let attempt = 1; ; attempt += 1) {
    assertMayAct();
    if (cancelled?.aborted) return { ok: false, failure: CANCELLED };
    try {
      const result = await options.limit(() => tryOnce(options, attempt));
      if (attempt > 1) await options.onRecovery();
      return { ok: true, result };
    } catch (error) {
      assertMayAct();
      if (cancelled?.aborted) return { ok: false, failure: CANCELLED };
      const failure = failureOf(error);
      const isRefused = endsWhenRefused && error instanceof RpcError && isRejection(error.code);
      if (isRefused || attempt >= attempts) return { ok: false, failure };
      await options.onFailure(attempt, failure);
      const ends = new AbortController();
      const { over } = backoff.pause(anyOf(stopped, cancelled, ends.signal));
      await Promise.race([over, options.retried()]);
      ends.abort();
    }
  }
}

async function tryOnce<Result>(
  { act, timeoutMs, cancelled, stopped, assertMayAct }: AttemptsOptions<Result>,
  attempt: number,
): Promise<Result> {
  assertMayAct();
  cancelled?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new AttemptTimeout(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const signal = anyOf(late.signal, stopped, cancelled);
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(signal.reason);
  signal.addEventListener('abort', giveUp);
  // A body that throws at once is a try that has failed.
  const acting = (async () => act(attempt, signal))();
  try {
    return await Promise.race([acting, given.promise]);
  } catch (error) {
    if (signal.aborted) {
      await Promise.race([acting.catch(() => {}), sleep(GRACE_MS, undefined, { ref: false })]);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
