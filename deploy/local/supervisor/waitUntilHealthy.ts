import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../Progress.ts';
import type { ProcessSpec } from './ProcessSpec.ts';
import type { Supervisor } from './Supervisor.ts';

/** Longest that processes may take to become healthy, in milliseconds. */
const limitMs = 120_000;
const checkEveryMs = 100;
const lookAfterThemEveryMs = 1_000;
const reportEveryMs = 2_000;
/** One that is seen down, or another process than before, this often does not stay up. */
const endedTooOften = 3;

/** A process that did not become healthy. */
export class UnhealthyError extends Error {
  override readonly name = 'UnhealthyError';
  /** Name of the process. */
  readonly process: string;

  constructor(process: string, reason: string) {
    super(`${process} ${reason}`);
    this.process = process;
  }
}

/**
 * Waits until all of the processes are healthy; says every two seconds for which it waits and why.
 *
 * @throws UnhealthyError when one keeps ending, or is not healthy after two minutes.
 */
export async function waitUntilHealthy(
  processes: readonly ProcessSpec[],
  supervisor: Pick<Supervisor, 'states' | 'lastLine'>,
  progress: Progress,
): Promise<void> {
  const started = Date.now();
  const lives = new Map<string, Life>();
  let nextLook = started + lookAfterThemEveryMs;
  let nextReport = started + reportEveryMs;
  for (;;) {
    const unhealthy = await checkAll(processes, progress.signal);
    const [first] = unhealthy;
    if (!first) return;
    const now = Date.now();
    if (now >= nextLook) {
      nextLook = now + lookAfterThemEveryMs;
      await assertTheyStayUp(processes, supervisor, lives);
    }
    if (now >= nextReport) {
      nextReport = now + reportEveryMs;
      const seconds = Math.round((now - started) / 1000);
      for (const { process, reason } of unhealthy) {
        progress.report(`  ${process.name} ${reason} (${seconds} s)`);
      }
    }
    if (now - started > limitMs) {
      throw new UnhealthyError(
        first.process.name,
        `is not healthy after two minutes: ${first.reason}`,
      );
    }
    await delay(checkEveryMs);
    progress.signal.throwIfAborted();
  }
}

interface Unhealthy {
  readonly process: ProcessSpec;
  readonly reason: string;
}

async function checkAll(
  processes: readonly ProcessSpec[],
  signal: AbortSignal,
): Promise<Unhealthy[]> {
  const results = await Promise.all(
    processes.map(async (process) => {
      try {
        await process.check(signal);
        return [];
      } catch (error) {
        signal.throwIfAborted();
        return [{ process, reason: (error as Error).message }];
      }
    }),
  );
  return results.flat();
}

/** What has been seen of a process. */
interface Life {
  readonly pid: number | undefined;
  /** How often it has ended. */
  readonly ends: number;
}

async function assertTheyStayUp(
  processes: readonly ProcessSpec[],
  supervisor: Pick<Supervisor, 'states' | 'lastLine'>,
  lives: Map<string, Life>,
): Promise<void> {
  const states = await supervisor.states();
  for (const { name } of processes) {
    const state = states.find((one) => one.name === name);
    const before = lives.get(name);
    const isUp = state !== undefined && ['STARTING', 'RUNNING'].includes(state.state);
    // One that lives for some seconds each time is up whenever one looks, but not the same.
    const isAnother = before?.pid !== undefined && before.pid !== state?.pid;
    const ends = (before?.ends ?? 0) + (!isUp || isAnother ? 1 : 0);
    lives.set(name, { pid: isUp ? state.pid : undefined, ends });
    if (ends < endedTooOften) continue;
    // Of one that is up again, the last line is of its new life.
    const lastLine = isUp ? `it has ended ${ends} times` : await supervisor.lastLine(name);
    throw new UnhealthyError(
      name,
      `does not stay up: ${lastLine || state?.detail || 'not started'}`,
    );
  }
}
