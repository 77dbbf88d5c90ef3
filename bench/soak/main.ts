/** Runs a mesh in which everything changes all the time, and looks for lost calls and growing memory. */
import { inspect } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { formatSoak, reasonsToFail, writeSoak } from './SoakReport.ts';
import { soak } from './soak.ts';

interface Options {
  readonly minutes: number;
  readonly rate: number;
  readonly out: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

const { minutes, rate, out } = new Command('soak')
  .description(
    'Run a mesh in which everything changes all the time: no call may fail, no memory grow.\n' +
      'Ends with 1 when one has, and with 130 when interrupted.',
  )
  .option(
    '--minutes <number>',
    'how long, of which the first third (at most 3) is warm-up',
    positive,
    10,
  )
  .option('--rate <number>', 'calls a second in the mesh', positive, 100)
  .option('--out <file>', 'where to write what was found', '.bench/soak.json')
  .parse()
  .opts<Options>();

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!interrupt.signal.aborted) process.stderr.write(`${signal}: stopping what was started\n`);
    interrupt.abort();
  });
}

try {
  const tell = (text: string) => process.stdout.write(`${text}\n`);
  const report = await soak({ minutes, rate, tell, signal: interrupt.signal });
  await writeSoak(out, report);
  process.stdout.write(formatSoak(report));
  if (reasonsToFail(report).length > 0) process.exitCode = 1;
} catch (error) {
  if (!interrupt.signal.aborted) {
    for (const reason of reasonsOf(error)) process.stderr.write(`${inspect(reason)}\n`);
  }
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
}

/** What is in an error that was thrown while others were on their way, the first one first. Node prints the last word alone. */
function reasonsOf(error: unknown): unknown[] {
  if (!(error instanceof SuppressedError)) return [error];
  return [...reasonsOf(error.suppressed), ...reasonsOf(error.error)];
}
