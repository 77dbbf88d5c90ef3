import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { cacheFolder } from '../../deploy/local/programs/cacheFolder.ts';
import { Corpus } from './Corpus.ts';
import type { Finding, Progress } from './explore.ts';
import { type FuzzResult, runTarget } from './runTarget.ts';
import { targets } from './targets/index.ts';

const here = import.meta.dirname;
const TOLD_EVERY_MS = 5_000;

const command = new Command('fuzz')
  .description('Feed the parts of Weft that read what others write with inputs of all kinds.')
  .option('--minutes <n>', 'how long, for all targets together', positive, 5)
  .option('--only <targets>', `some of them: ${Object.keys(targets).join(', ')}`, names)
  .option('--seed <n>', 'of the random numbers (default: by the clock)', positive)
  .option('--planted', 'put a fault into each target, which has to be found')
  .parse();
const options = command.opts<{
  minutes: number;
  only?: string[];
  seed?: number;
  planted?: boolean;
}>();

const chosen = options.only ?? Object.keys(targets);
const atOnce = Math.max(1, Math.min(availableParallelism(), chosen.length));
const msEach = (options.minutes * 60_000 * atOnce) / chosen.length;
const seed = options.seed ?? Date.now() % 2 ** 31;
const states = new Map<string, Progress>();
const results = new Map<string, FuzzResult>();
const abort = new AbortController();
process.once('SIGINT', () => abort.abort(new Error('Interrupted')));
process.once('SIGTERM', () => abort.abort(new Error('Interrupted')));

say(
  `Fuzzing ${chosen.join(', ')}: ${(msEach / 1_000).toFixed(0)} s each, ${atOnce} at once, seed ${seed}`,
);
const report = setInterval(() => {
  for (const [name, { inputs, pieces, features }] of states) {
    say(
      `  ${name}: ${inputs.toLocaleString('en')} inputs, ${pieces} pieces of code, ${features} features`,
    );
  }
}, TOLD_EVERY_MS);
try {
  const waiting = [...chosen];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await fuzz(name);
    }),
  );
} catch (error) {
  if (!abort.signal.aborted) throw error;
  say('Interrupted.');
  process.exitCode = 130;
} finally {
  clearInterval(report);
}
summarize();

async function fuzz(name: string): Promise<void> {
  const kept = join(cacheFolder(), 'fuzz', name);
  const result = await runTarget({
    target: name,
    isPlanted: options.planted ?? false,
    corpora: [join(here, 'corpus', name), ...(options.planted ? [] : [kept])],
    ...(options.planted ? {} : { kept }),
    seed,
    ms: msEach,
    signal: abort.signal,
    progress: (progress) => states.set(name, progress),
  });
  states.delete(name);
  results.set(name, result);
  if (result.finding) tell(name, result.finding);
}

function tell(name: string, { input, problem }: Finding): void {
  const file = new Corpus(join(here, 'findings', name)).add(input);
  const shown = relative(process.cwd(), file);
  say(`${styleText('red', `${name}: a finding`)} of ${input.length} bytes: ${shown}
    ${JSON.stringify(Buffer.from(input).toString('latin1').slice(0, 200))}
    ${problem.split('\n').slice(0, 12).join('\n    ')}
  Once it is mended: mv ${shown} test/fuzz/corpus/${name}/NAME`);
}

function summarize(): void {
  const head = ['target', 'inputs', 'kept', 'pieces of code', 'features', 'findings'];
  const rows = [...results].map(([name, { progress, finding }]) => [
    ...[name, progress.inputs.toLocaleString('en'), `${progress.corpus}`],
    ...[`${progress.pieces}`, `${progress.features}`, finding ? '1' : '0'],
  ]);
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  for (const row of [head, ...rows]) {
    say(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    );
  }
  const found = [...results.values()].filter(({ finding }) => finding).length;
  if (options.planted) {
    if (found < chosen.length) process.exitCode = 1;
    say(`${found} of ${chosen.length} planted faults were found.`);
  } else if (found > 0) process.exitCode = 1;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function names(text: string): string[] {
  const all = text.split(',');
  const unknown = all.find((name) => !(name in targets));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `There is no "${unknown}"; there are ${Object.keys(targets).join(', ')}.`,
    );
  }
  return all;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
