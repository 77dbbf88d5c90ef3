import { BadRows, TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { Command, InvalidArgumentError, Option } from 'commander';
import { fileSize } from './fileSize.ts';
import { joinMesh } from './joinMesh.ts';
import { ProgressBar } from './ProgressBar.ts';
import { type ReplayResult, replayFile } from './replayFile.ts';
import { runCommand } from './runCommand.ts';

const HELP = `
The file has a header row: the time column is called date, time, datetime or timestamp, or is the unnamed
first one; then open, high, low, close and volume, or price and size, in any letter case. Times are ISO
8601 (UTC unless they name a zone), or seconds or milliseconds since 1970.

A file that was replayed before adds nothing. Ctrl-C ends the wait; the feed itself goes on.
`;

interface Flags {
  readonly badRows: 'refuse' | 'skip';
  readonly rate: number;
}

const command = new Command('replay')
  .description(
    'Send a CSV file of bars or ticks through the mesh, and wait until all is committed.',
  )
  .argument('<file>', 'the CSV file')
  .argument('<symbol>', 'symbol of the asset, such as SP500')
  .addOption(
    new Option('--bad-rows <policy>', 'what becomes of a file with rows that cannot be read')
      .choices(['refuse', 'skip'])
      .default('refuse'),
  )
  .option('--rate <ticks>', 'ticks per second; 0: as fast as they are taken', rateOption, 0)
  .addHelpText('after', HELP)
  .parse();

const [file, symbol] = command.args as [string, string];
const { badRows, rate } = command.opts<Flags>();

await runCommand('replay', async (signal) => {
  // Before anything else: to be told so needs no mesh.
  await fileSize(file);
  await using mesh = await joinMesh('replay', signal);
  const bar = new ProgressBar(symbol);
  const start = performance.now();
  try {
    const result = await replayFile({
      trading: mesh.client(TradingServiceDefinition),
      file,
      symbol,
      badRows: badRows === 'skip' ? BadRows.SKIP : BadRows.REFUSE,
      ticksPerSecond: rate,
      signal,
      onUpload: (sentBytes, totalBytes) => bar.upload(sentBytes, totalBytes),
      onProgress: (progress) => bar.feed(progress),
    });
    bar.stop();
    process.stdout.write(summaryOf(result, (performance.now() - start) / 1_000));
  } finally {
    bar.stop();
  }
});

function summaryOf({ feed, wasComplete }: ReplayResult, seconds: number): string {
  const { sentCount, acknowledgedSequence, skippedRowCount, skippedRows } = feed;
  const skipped = [
    ...(skippedRowCount > 0 ? [`${skippedRowCount} rows skipped:`] : []),
    ...skippedRows.map((row) => `  ${row}`),
    ...(skippedRowCount > skippedRows.length ? ['  ...'] : []),
  ];
  const counts = wasComplete
    ? `0 ticks sent, all ${acknowledgedSequence} were acknowledged before`
    : `${sentCount} ticks sent, ${acknowledgedSequence} acknowledged`;
  return [`${symbol}: ${counts}, ${seconds.toFixed(1)} s`, ...skipped, ''].join('\n');
}

function rateOption(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !Number.isFinite(rate) || rate < 0) {
    throw new InvalidArgumentError('It is a number of ticks per second, not below 0.');
  }
  return rate;
}
