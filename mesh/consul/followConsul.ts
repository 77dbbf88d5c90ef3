import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../retry/Backoff.ts';
import { type ConsulClient, ConsulError, type QueryOptions } from './client.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export interface FollowOptions<T> {
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Reads an answer. What it throws is a failure like any other: the last good value stands. */
  readonly parse: (answer: unknown) => T;
  /** Told of each failure; the next try follows after `retryMs`, which grows up to 10 s. */
  readonly onFailure: (error: unknown, retryMs: number) => void;
  /** Of the KV store: what of it is asked for. Default: the path alone. */
  readonly query?: Pick<QueryOptions, 'recurse' | 'keys'>;
  /**
   * Least time between an answer and the next question, in milliseconds: changes that follow each other closely are then
   * one answer. Default: 0.
   */
  readonly pauseMs?: number;
  /** Whether a refusal (403) before the first answer is waited out too: the token may yet be given the right. Default: false. */
  readonly isPatient?: boolean;
}

/**
 * What a path of Consul's HTTP API answers now, and again after each change (blocking queries).
 *
 * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
 * @throws ConsulError 403 at once, while nothing has been answered and unless `isPatient`: a token does not become right by
 * waiting.
 */
export async function* followConsul<T>(
  consul: ConsulClient,
  path: string,
  { signal, parse, onFailure, query = {}, pauseMs = 0, isPatient = false }: FollowOptions<T>,
): AsyncGenerator<T, void, void> {
  let index: string | undefined;
  const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
  let answered = false;
  while (!signal.aborted) {
    try {
      const asked = { ...query, signal, ...(index === undefined ? {} : { index }) };
      const answer = await consul.read(path, asked);
      const unchanged = answer.index === index;
      // An index of zero or one that fell: the agent started anew, so ask without one.
      const usable = Number(answer.index) > 0 && Number(answer.index) >= Number(index ?? 0);
      index = usable ? answer.index : undefined;
      if (unchanged) continue;
      yield parse(answer.value);
      answered = true;
      backoff.reset();
      // Without an index the next query does not block.
      const restMs = usable ? pauseMs : Math.max(pauseMs, FIRST_PAUSE_MS);
      if (restMs > 0) await sleep(restMs, undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      const isRefused = error instanceof ConsulError && error.statusCode === 403;
      if (isRefused && !answered && !isPatient) throw error;
      const { retryMs, over } = backoff.pause(signal);
      onFailure(error, retryMs);
      index = undefined;
      await over;
    }
  }
}
