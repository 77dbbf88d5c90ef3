import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatTable } from '../../deploy/local/cli/formatTable.ts';
import type { MemoryTrend } from './MemoryLog.ts';
import type { Tally } from './SteadyCalls.ts';

/** What a soak has found. */
export interface SoakReport {
  readonly machine: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly warmUpSeconds: number;
  /** Idempotent calls, by where they come from. */
  readonly calls: Readonly<Record<string, Tally>>;
  readonly memory: readonly MemoryTrend[];
  /** What was done to the mesh meanwhile, such as { "instances killed": 60 }. */
  readonly churn: Readonly<Record<string, number>>;
}

/** Of memory, from the end of the warm-up on; more is a leak. */
const MOST_GROWTH = 0.05;

/** Why the soak has failed; empty: it has not. */
export function reasonsToFail({ calls, memory }: SoakReport): string[] {
  const lost = Object.entries(calls)
    .filter(([, { failed }]) => failed > 0)
    .map(([from, { failed }]) => `${failed} calls ${from} failed`);
  const grown = memory
    .filter(({ growth }) => !(growth <= MOST_GROWTH))
    .map(({ name, kind, growth }) => `the ${kind} of ${name} grew by ${percent(growth)}`);
  return [...lost, ...grown];
}

/** For a terminal. */
export function formatSoak(report: SoakReport): string {
  const { machine, minutes, warmUpSeconds, calls, memory, churn } = report;
  const memoryRows = memory.map(({ name, kind, start, end, perMinute, growth }) => [
    ...[name, kind, start.toFixed(1), end.toFixed(1), percent(growth), perMinute.toFixed(2)],
  ]);
  return [
    `\n${Object.values(machine).join(' · ')}\n`,
    `${minutes} minutes, the first ${warmUpSeconds} s of them warm-up: `,
    `${formatCounts(churn)}\n\n`,
    ...Object.entries(calls).flatMap(([from, tally]) => [
      formatTally([from, tally]),
      ` (${tally.heldBack} more not made, as too many were under way)\n`,
      ...tally.failures.map((failure) => `  ${failure}\n`),
    ]),
    '\n',
    formatTable([['MB', '', 'START', 'END', 'GROWTH', 'A MINUTE'], ...memoryRows]),
    '\n',
    ...reasonsToFail(report).map((reason) => `FAILED: ${reason}\n`),
  ].join('');
}

/** As JSON, with why it has failed. */
export async function writeSoak(file: string, report: SoakReport): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const whole = { ...report, failed: reasonsToFail(report) };
  await writeFile(file, `${JSON.stringify(whole, null, 2)}\n`);
}

/** Such as "300 calls in the mesh, 0 failed". */
export function formatTally([from, { calls, failed }]: [string, Tally]): string {
  return `${calls} calls ${from}, ${failed} failed`;
}

/** Such as "3 splits written, 2 intentions written". */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

function percent(growth: number): string {
  return `${growth > 0 ? '+' : ''}${(100 * growth).toFixed(1)}%`;
}
