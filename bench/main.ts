import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { BenchMesh } from './harness/BenchMesh.ts';
import { describeMachine } from './harness/describeMachine.ts';
import { formatChart } from './harness/formatChart.ts';
import { formatTable } from './harness/formatTable.ts';
import { runCase } from './harness/runCase.ts';
import type { CaseResult, Suite } from './harness/Suite.ts';
import { market } from './market/suite.ts';
import { unary } from './unary/suite.ts';

const suites: readonly Suite[] = [market, unary];
const names = suites.map(({ name }) => name);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}
function suiteNames(text: string): string[] {
  const wanted = text.split(',').filter(Boolean);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no suite ${unknown.join(', ')}`);
  return wanted;
}

const { only, peers, rounds, seconds, out } = new Command('bench')
  .description('Measure Weft beside others on this machine, in turn, round by round.')
  .option('--only <suites>', `some of: ${names.join(', ')}`, suiteNames, names)
  .option('--peers <files>', 'some of the files in peers/, such as grpcJs,niceGrpc')
  .option('--rounds <number>', 'turns of each contender', positive, 5)
  .option('--seconds <number>', 'length of a turn', positive, 2)
  .option('--out <folder>', 'where bench.json and bench.svg are written', '.bench')
  .parse()
  .opts<{ only: string[]; peers?: string; rounds: number; seconds: number; out: string }>();

const progress = (text: string) => process.stderr.write(`${text}\n`);
const cleanup = new AsyncDisposableStack();
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    progress(`${signal}: stopping what was started`);
    interrupt.abort();
    await cleanup.disposeAsync();
    process.exit(130);
  });
}

try {
  const mesh = cleanup.use(await BenchMesh.start(progress, interrupt.signal));
  const results: CaseResult[] = [];
  for (const suite of suites.filter(({ name }) => only.includes(name))) {
    const suiteCleanup = cleanup.use(new AsyncDisposableStack());
    const options = { mesh, seconds, peers: peers?.split(','), progress };
    for (const subject of await suite.prepare(options, suiteCleanup)) {
      const result = await runCase(suite.name, subject, { rounds, seconds, progress });
      results.push(result);
      process.stdout.write(`\n${formatTable(result)}`);
    }
    await suiteCleanup.disposeAsync();
  }
  const machine = describeMachine();
  process.stdout.write(`\n${Object.values(machine).join(' · ')}\n`);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'bench.json'), JSON.stringify({ machine, results }, null, 2));
  await writeFile(join(out, 'bench.svg'), formatChart(results));
} finally {
  await cleanup.disposeAsync();
}
