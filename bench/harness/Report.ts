import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from './describeMachine.ts';
import { formatChart } from './formatChart.ts';
import { formatTable } from './formatTable.ts';
import type { CaseResult } from './Suite.ts';

/** A run's results, or those of several runs put together. */
export interface Report {
  readonly machine: Readonly<Record<string, string>>;
  /** How it was run, such as "make bench". */
  readonly command: string;
  readonly results: readonly CaseResult[];
}

/** Of a run that is under way. */
export function newReport(command: string, results: readonly CaseResult[]): Report {
  return { machine: describeMachine(), command, results };
}

/** The last run of a folder. */
export async function readReport(folder: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'bench.json'), 'utf8')) as Report;
}

/** Writes bench.json, bench.md and bench.svg into a folder. */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'bench.json'), JSON.stringify(report, null, 2));
  await writeFile(join(folder, 'bench.md'), formatReport(report));
  await writeFile(join(folder, 'bench.svg'), formatChart(report.results));
}

/** The whole as Markdown: how and where it was run, and every table. */
export function formatReport({ command, machine, results }: Report): string {
  const { date, ...rest } = machine;
  return `<!-- Written by \`${command}\`: do not edit. -->

# The benchmark's tables

\`${command}\` on ${date}: ${Object.values(rest).join(', ')}.

${results.map(formatTable).join('\n')}`;
}
