import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsulClient, ConsulError } from '@weft/mesh/consul';
import { Backoff } from '../resilience/Backoff.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export interface FollowOptions<T> {
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Reads an answer. What it throws is a failure like any other: the last good value stands. */
  readonly parse: (answer: unknown) => T;
  /** Told of each failure; the next try follows after `retryMs`, which grows up to 10 s. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
}

/**
 * What a path of Consul's HTTP API answers now, and again after each change (blocking queries).
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 * @throws ConsulError 403 at once, while nothing has been answered: a token does not become right by waiting.
 */
export async function* followConsul<T>(
  consul: ConsulClient,
  path: string,
  { signal, parse, onFailure }: FollowOptions<T>,
): AsyncGenerator<T, void, void> {
  let index: string | undefined;
  const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
  let answered = false;
  while (!signal.aborted) {
    try {
      const answer = await consul.read(path, index === undefined ? { signal } : { index, signal });
      const unchanged = answer.index === index;
      // An index of zero or one that fell: the agent started anew, so ask without one.
      const usable = Number(answer.index) > 0 && Number(answer.index) >= Number(index ?? 0);
      index = usable ? answer.index : undefined;
      if (unchanged) continue;
      yield parse(answer.value);
      answered = true;
      backoff.reset();
      // Without an index the next query does not block.
      if (!usable) await sleep(FIRST_PAUSE_MS, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!answered && error instanceof ConsulError && error.statusCode === 403) throw error;
      const { retryMs, over } = backoff.pause(signal);
      onFailure(error, retryMs);
      index = undefined;
      await over;
    }
  }
}
