import { readFileSync } from 'node:fs';

/** Linux gives times in units of this; it has been 100 a second on every platform for decades (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time of all its threads since its start. */
  readonly cpuSeconds: number;
  /** The same of the processes that it had started and that have ended. */
  readonly endedSeconds: number;
  /** Memory in RAM now. */
  readonly residentMb: number;
}

/** Reads it from /proc: see proc(5). @throws when there is no such process. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the name, may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (field: number) => Number(fields[field]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const residentKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return {
    cpuSeconds: (ticks(11) + ticks(12)) / TICKS_PER_SECOND,
    endedSeconds: (ticks(13) + ticks(14)) / TICKS_PER_SECOND,
    residentMb: residentKb / 1_024,
  };
}

/** The processes that a process has started itself and that still run. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

/**
 * CPU seconds that a process has used with all that it has started itself. What one that has ended had used is counted
 * when its parent has taken note of it.
 */
export function cpuSecondsWithChildren(pid: number): number {
  const { endedSeconds, cpuSeconds } = processUsage(pid);
  const running = childrenOf(pid).map((child) => {
    try {
      return processUsage(child).cpuSeconds;
    } catch {
      // It has ended meanwhile.
      return 0;
    }
  });
  return running.reduce((sum, seconds) => sum + seconds, cpuSeconds + endedSeconds);
}

/** CPU seconds that processes together have used. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processUsage(pid).cpuSeconds, 0);
}
