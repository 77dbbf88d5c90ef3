import { isTransient, RpcError } from '@weft/mesh/runtime';
import pRetry from 'p-retry';

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 2_000;
/** Trading is up again long before this, or somebody must see to it. */
const GIVE_UP_MS = 60_000;

/**
 * Makes a call that may be made again, until it is answered.
 *
 * @throws what the call threw, if that does not pass, or has not passed within a minute.
 */
export function untilAnswered<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return pRetry(call, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: FIRST_RETRY_MS,
    maxTimeout: LAST_RETRY_MS,
    maxRetryTime: GIVE_UP_MS,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof RpcError && isTransient(error.code),
  });
}
