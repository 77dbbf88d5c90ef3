import assert from 'node:assert/strict';
import type { Calls, SteadyLoad, Tally } from './SteadyLoad.ts';

/**
 * The calls of the test of restarts, to edgeEcho.ts:
 * - quick: reads that are answered at once, with the answering process's id;
 * - slow: reads that outlive the time in which callers turn away from an instance that stops;
 * - hanging: reads of a summary that nobody answers, and that count as answered when their deadline, and nothing else, ends them;
 * - once: slow as well, but not idempotent, so that nothing sends them again.
 */
export type RestartKind = 'quick' | 'slow' | 'hanging' | 'once';

export type RestartTallies = Readonly<Record<RestartKind, Tally>>;

export type RestartLoad = SteadyLoad<RestartKind>;

/** Timeout of GetAssetSummary in its contract, less what timers of two processes may differ. */
const DEADLINE_MS = 3_000 - 50;

/** How each kind is called. `hanging` answers with whether its deadline has ended it. */
export interface RestartCalls {
  readonly quick: () => Promise<string>;
  readonly slow: () => Promise<string>;
  readonly hanging: () => Promise<boolean>;
  readonly once: () => Promise<string>;
}

/** Those calls, with how many of each are under way. */
export function restartKinds(calls: RestartCalls): Record<RestartKind, Calls> {
  return {
    quick: { call: calls.quick, atOnce: 2 },
    slow: { call: calls.slow, atOnce: 2 },
    hanging: { call: () => untilDeadline(calls.hanging), atOnce: 1 },
    once: { call: calls.once, atOnce: 1 },
  };
}

async function untilDeadline(call: () => Promise<boolean>): Promise<string> {
  const began = performance.now();
  assert.ok(await call(), 'something else than its deadline ended the call');
  const tookMs = performance.now() - began;
  assert.ok(tookMs >= DEADLINE_MS, `cut off after ${tookMs} ms`);
  return 'its deadline';
}
