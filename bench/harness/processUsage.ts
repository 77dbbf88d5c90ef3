import { readFileSync } from 'node:fs';

/** Linux gives times in units of this; it has been 100 a second on every platform for decades (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time of all its threads since its start. */
  readonly cpuSeconds: number;
  /** Memory in RAM now. */
  readonly residentMb: number;
}

/** Reads it from /proc: see proc(5). @throws when there is no such process. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the name, may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const residentKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return {
    cpuSeconds: (userTicks + systemTicks) / TICKS_PER_SECOND,
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

/** CPU seconds that processes together have used. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processUsage(pid).cpuSeconds, 0);
}
