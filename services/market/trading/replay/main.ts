import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { BarLength } from '@weft/proto/market/v1/market_data';
import { BadRows, type Feed, TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeLength, lengthOf } from '../../bars/barLength.ts';
import { barOption } from './barOption.ts';
import { fileSize } from './fileSize.ts';
import { joinMesh } from './joinMesh.ts';
import { ProgressBar } from './ProgressBar.ts';
import { type ReplayResult, replayFile } from './replayFile.ts';
import { runCommand } from './runCommand.ts';

const HELP = `
The file has a header row: the time column is called date, time, datetime or timestamp, or is the unnamed
first one; then open, high, low, close and volume, or price and size, in any letter case. Times are ISO
8601 (UTC unless they name a zone), 20240102 or the like, or seconds or milliseconds since 1970.

A file that was replayed before adds nothing, and of one that has grown only what is new does. Ctrl-C ends the wait; the feed itself goes on.
`;

interface Flags {
  readonly badRows: 'refuse' | 'skip';
  readonly rate: number;
  readonly bar?: BarLength;
  readonly timeZone: string;
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
  .option('--bar <length>', 'length of its bars: 30s, 5m, 1h, 1d, 1w, 1mo; else found', barOption)
  .option('--time-zone <zone>', 'zone of times that name none, such as America/New_York', '')
  .option('--rate <ticks>', 'ticks or bars per second; 0: as fast as they are taken', rateOption, 0)
  .addHelpText('after', HELP)
  .parse();

const [file, symbol] = command.args as [string, string];
const { badRows, rate, bar: barLength, timeZone } = command.opts<Flags>();

await runCommand('replay', async (signal) => {
  // Before anything else: to be told so needs no mesh.
  await fileSize(file);
  await using mesh = await joinMesh('replay', signal);
  const progressBar = new ProgressBar(symbol);
  const start = performance.now();
  const span = trace.getTracer('weft').startSpan('replay', {
    attributes: { 'weft.symbol': symbol },
  });
  try {
    const options = {
      trading: mesh.client(TradingServiceDefinition),
      file,
      symbol,
      badRows: badRows === 'skip' ? BadRows.SKIP : BadRows.REFUSE,
      barLength,
      timeZone,
      ticksPerSecond: rate,
      signal,
      onUpload: (sentBytes: number, totalBytes: number) =>
        progressBar.upload(sentBytes, totalBytes),
      onProgress: (progress: Feed) => progressBar.feed(progress),
    };
    // One that goes nowhere has no ids to tell.
    const inSpan = span.isRecording() ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT;
    const result = await context.with(inSpan, () => replayFile(options));
    progressBar.stop();
    process.stdout.write(summaryOf(result, (performance.now() - start) / 1_000));
  } finally {
    span.end();
    progressBar.stop();
  }
});

function summaryOf({ feed, wasComplete }: ReplayResult, seconds: number): string {
  const { sentCount, acknowledgedSequence, skippedRowCount, skippedRows } = feed;
  const skipped = [
    ...(skippedRowCount > 0 ? [`${skippedRowCount} rows skipped:`] : []),
    ...skippedRows.map((row) => `  ${row}`),
    ...(skippedRowCount > skippedRows.length ? ['  ...'] : []),
  ];
  const { barLength, repeatedBarCount = 0, correctedBarCount = 0 } = feed;
  const unit = barLength ? `bars of ${describeLength(lengthOf(barLength, 'bar_length'))}` : 'ticks';
  const counts = wasComplete
    ? `0 ${unit} sent, all ${acknowledgedSequence} were acknowledged before`
    : `${sentCount} ${unit} sent, ${acknowledgedSequence} acknowledged`;
  const known = [
    ...(repeatedBarCount > 0 ? [`${repeatedBarCount} bars were there already`] : []),
    ...(correctedBarCount > 0
      ? [`${correctedBarCount} bars have taken the place of one with other figures`]
      : []),
  ];
  return [`${symbol}: ${counts}, ${seconds.toFixed(1)} s`, ...known, ...skipped, ''].join('\n');
}

function rateOption(text: string): number {
  const rate = Number(text);
  if (text.trim() === '' || !Number.isFinite(rate) || rate < 0) {
    throw new InvalidArgumentError('It is a number of ticks per second, not below 0.');
  }
  return rate;
}
