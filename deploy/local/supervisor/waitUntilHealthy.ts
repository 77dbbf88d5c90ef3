import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../Progress.ts';
import type { ProcessSpec } from './ProcessSpec.ts';
import type { ProcessState, Supervisor } from './Supervisor.ts';

/** Longest that processes may take to become healthy, in milliseconds. */
const limitMs = 120_000;
const checkEveryMs = 100;
const lookAfterThemEveryMs = 1_000;
const reportEveryMs = 2_000;
/** One that is seen down this often does not stay up. */
const downTooOften = 3;

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
  supervisor: Pick<Supervisor, 'states'>,
  progress: Progress,
): Promise<void> {
  const started = Date.now();
  const downs = new Map<string, number>();
  let nextLook = started + lookAfterThemEveryMs;
  let nextReport = started + reportEveryMs;
  for (;;) {
    const unhealthy = await checkAll(processes, progress.signal);
    const [first] = unhealthy;
    if (!first) return;
    const now = Date.now();
    if (now >= nextLook) {
      nextLook = now + lookAfterThemEveryMs;
      assertTheyStayUp(processes, await supervisor.states(), downs);
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

function assertTheyStayUp(
  processes: readonly ProcessSpec[],
  states: readonly ProcessState[],
  downs: Map<string, number>,
): void {
  for (const process of processes) {
    const state = states.find(({ name }) => name === process.name);
    if (state && ['STARTING', 'RUNNING'].includes(state.state)) continue;
    const count = (downs.get(process.name) ?? 0) + 1;
    downs.set(process.name, count);
    if (count < downTooOften) continue;
    throw new UnhealthyError(
      process.name,
      `does not stay up: ${state?.detail || 'it is not started'}`,
    );
  }
}
