import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BenchMesh } from './harness/BenchMesh.ts';
import { formatChart } from './harness/formatChart.ts';
import { formatTable } from './harness/formatTable.ts';
import { formatReport, newReport, readReport, writeReport } from './harness/Report.ts';
import { runCase } from './harness/runCase.ts';
import type { CaseResult, Suite } from './harness/Suite.ts';
import { suites } from './suites.ts';

const names = suites.map(({ name }) => name);

interface Options {
  readonly only: readonly string[];
  readonly peers?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly out: string;
  readonly keep?: true;
  readonly markdown?: string;
  readonly chart?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}
function suiteNames(text: string): string[] {
  if (text === 'none') return [];
  const wanted = text.split(',').filter(Boolean);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no suite ${unknown.join(', ')}`);
  return wanted;
}

const options = new Command('bench')
  .description('Measure Weft beside others on this machine, in turn, round by round.')
  .option(
    '--only <suites>',
    `some of: ${names.join(', ')}; or none, to write the last run again`,
    suiteNames,
    names,
  )
  .option('--peers <files>', 'some of the files in peers/, such as grpcJs,niceGrpc')
  .option('--rounds <number>', 'turns of each contender', positive, 5)
  .option('--seconds <number>', 'length of a turn', positive, 2)
  .option('--keep', 'keep what the last run has found in the other suites')
  .option('--markdown <file>', 'write the tables there too, ready to be published')
  .option('--chart <file>', 'write the picture there too')
  .addOption(
    new Option('--out <folder>', 'of bench.json, bench.md and bench.svg').default('.bench'),
  )
  .parse()
  .opts<Options>();

const { only, rounds, seconds, out } = options;
const started = performance.now();
const progress = (text: string) => {
  const elapsed = Math.round((performance.now() - started) / 1_000);
  process.stderr.write(`${String(elapsed).padStart(5)} s  ${text}\n`);
};
const cleanup = new AsyncDisposableStack();
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    progress(`${signal}: stopping what was started`);
    interrupt.abort();
    await cleanup.disposeAsync().catch((error) => progress(String(error)));
    process.exit(130);
  });
}

let shared: Promise<BenchMesh> | undefined;
async function meshOf({ services = [] }: Suite): Promise<BenchMesh> {
  const telling = { report: progress, signal: interrupt.signal };
  shared ??= BenchMesh.start(telling).then((one) => cleanup.use(one));
  const mesh = await shared;
  await mesh.serve(services, telling);
  return mesh;
}

const wanted = suites.filter(({ name }) => only.includes(name));
const kept = options.keep || only.length === 0 ? (await readReport(out)).results : [];
const results = new Map<string, CaseResult[]>();
for (const { name } of suites) {
  const others = only.includes(name) ? [] : kept.filter(({ suite }) => suite === name);
  results.set(name, others);
}
const command = ['make bench', only.length === 0 || options.keep ? [] : commandOptions()]
  .flat()
  .join(' ');

/** One suite, whose failure does not take the others' results away. */
async function run(suite: Suite): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const suiteCleanup = cleanup.use(stack);
  const { signal } = interrupt;
  const peers = options.peers?.split(',');
  const found = results.get(suite.name) ?? [];
  let ready: Promise<BenchMesh> | undefined;
  const mesh = () => {
    ready ??= meshOf(suite);
    return ready;
  };
  const cases = await suite.prepare({ mesh, seconds, peers, progress, signal }, suiteCleanup);
  for (const subject of cases) {
    const result = await runCase(suite.name, subject, { rounds, seconds, progress });
    found.push(result);
    process.stdout.write(`\n${formatTable(result)}`);
    await writeReport(out, newReport(command, [...results.values()].flat()));
  }
}

function commandOptions(): string[] {
  const all = only.length === suites.length;
  return all ? [] : [`ONLY=${only.join(',')}`];
}

try {
  for (const suite of wanted) {
    try {
      await run(suite);
    } catch (error) {
      interrupt.signal.throwIfAborted();
      process.exitCode = 1;
      progress(`${suite.name} failed: ${(error as Error).stack}`);
    }
  }
  const report =
    wanted.length > 0 ? newReport(command, [...results.values()].flat()) : await readReport(out);
  await writeReport(out, report);
  if (options.markdown) await writeFile(options.markdown, formatReport(report));
  if (options.chart) await writeFile(options.chart, formatChart(report.results));
  process.stdout.write(`\n${Object.values(report.machine).join(' · ')}\n`);
} catch (error) {
  if (!interrupt.signal.aborted) throw error;
} finally {
  await cleanup.disposeAsync();
}
