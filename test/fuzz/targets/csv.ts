import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pace } from '../../../services/market/ticks/Pace.ts';
import type { SourceBatch } from '../../../services/market/ticks/TickSource.ts';
import { TickColumns } from '../../../services/market/ticks/Ticks.ts';
import type { FileSettings } from '../../../services/market/trading/sources/file/FileSettings.ts';
import { FileTicks } from '../../../services/market/trading/sources/file/FileTicks.ts';
import { inspectFile } from '../../../services/market/trading/sources/file/inspectFile.ts';
import { type Row, RowReader } from '../../../services/market/trading/sources/file/RowReader.ts';
import { SourceError } from '../../../services/market/trading/sources/SourceError.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

type Reader = Pick<RowReader, 'read'>;

const SETTINGS: FileSettings = { symbol: 'A', barLengthUs: 0, timeZone: '' };
const LATEST_US = Date.UTC(2026, 0) * 1_000;
const LONGEST_FIELD = 64;
const LONGEST_PROBLEM = 300;

/** CSV files as they are handed in: what is read of them is in them, and the whole is the sum of its rows. */
function csv(readerOf: (header: readonly string[]) => Reader): FuzzTarget {
  let file = '';
  return {
    name: 'csv',
    covers: ['/market/trading/sources/', '/csv-parse/'],
    words: [
      ...['time,price,size\n', 'date,open,high,low,close,volume\n', '2024-01-02', '\n', '\r\n'],
      ...[',', '"', '""', '\uFEFF', '1e3', '.5', '1704164645', '2024-01-02T03:04:05+01:00', 'Z'],
    ],
    maxLength: 65_536,

    async start() {
      const folder = await mkdtemp('/tmp/weft-fuzz-csv-');
      file = join(folder, 'in.csv');
      return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
    },

    async check(input) {
      checkRows(readerOf, Buffer.from(input).toString());
      await writeFile(file, input);
      return checkFile(file);
    },
  };
}

/** What was read: a bar is taken for its close. */
class Columns extends TickColumns {
  readonly endUs: number[] = [];

  take(batch: SourceBatch): void {
    batch.sequence.forEach((sequence, i) => {
      if ('lengthUs' in batch) {
        const startUs = batch.startUs[i] ?? Number.NaN;
        this.push(sequence, batch.close[i] ?? 0, batch.volume[i] ?? Number.NaN, startUs);
        this.endUs.push(startUs + (batch.durationUs[i] ?? Number.NaN));
      } else {
        this.push(sequence, batch.price[i] ?? 0, batch.size[i] ?? 0, batch.atUs[i] ?? 0);
      }
    });
  }
}

async function checkFile(file: string): Promise<string[]> {
  const facts = await inspectFile(file, SETTINGS).catch((error: unknown) => {
    if (!(error instanceof SourceError)) throw error;
    assert.ok(error.message.length < 2_000, `a refusal of ${error.message.length} characters`);
    return undefined;
  });
  if (!facts) return ['refused'];
  for (const problem of facts.badRows) assert.ok(problem.length < LONGEST_PROBLEM, problem);
  const all = await ticksOf(file, facts, 0);
  assert.equal(all.length, facts.rowCount);
  for (const [i, sequence] of all.sequence.entries()) assert.equal(sequence, i + 1);
  for (const price of all.price) assert.ok(Number.isFinite(price) && price > 0, `${price}`);
  for (const endUs of all.endUs) assert.ok(endUs <= facts.inspectedUs + 1, `${endUs}`);
  for (const size of all.size) assert.ok(Number.isFinite(size) && size >= 0, `${size}`);
  for (const atUs of all.atUs) assert.ok(Number.isSafeInteger(atUs) && atUs <= facts.inspectedUs);
  const after = all.length >> 1;
  const rest = await ticksOf(file, facts, after);
  assert.deepEqual(rest.sequence, all.sequence.slice(after));
  assert.deepEqual(rest.price, all.price.slice(after));
  return [`ticks ${Math.min(all.length, 9)}`, `bad rows ${Math.min(facts.badRowCount, 9)}`];
}

async function ticksOf(
  file: string,
  facts: Awaited<ReturnType<typeof inspectFile>>,
  after: number,
): Promise<Columns> {
  const columns = new Columns();
  const { signal } = new AbortController();
  for await (const ticks of new FileTicks(file, SETTINGS, facts).ticks(
    after,
    new Pace(0),
    signal,
  )) {
    columns.take(ticks);
  }
  return columns;
}

/** Each row against a second opinion, that knows no regular expression. */
function checkRows(readerOf: (header: readonly string[]) => Reader, text: string): void {
  const [header = [], ...rows] = text
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()));
  let reader: Reader;
  try {
    reader = readerOf(header);
  } catch (error) {
    if (error instanceof SourceError) return;
    throw error;
  }
  const names = header.map((name) => name.toLowerCase());
  const isBar = ['open', 'high', 'low', 'close'].every((name) => names.includes(name));
  const prices = isBar ? ['open', 'high', 'low', 'close'] : ['price'];
  const read = [...prices, isBar ? 'volume' : 'size'].map((name) => names.indexOf(name));
  const time = names.findIndex((name) => ['date', 'time', 'datetime', 'timestamp'].includes(name));
  for (const fields of rows.slice(0, 100)) {
    const got = reader.read(fields, LATEST_US);
    const numbers = read.map((index) => numberOf(fields[index] ?? ''));
    const areGood =
      fields.length === header.length &&
      (!isBar || isPossible(numbers)) &&
      numbers.every(
        (number, i) => number !== undefined && (i < prices.length ? number > 0 : number >= 0),
      );
    if (typeof got === 'string') {
      assert.ok(got.length < LONGEST_PROBLEM, `a problem of ${got.length} characters`);
      const day = dayOf(fields[time] ?? '');
      assert.ok(!areGood || day === undefined, `refused: ${fields.join()}: ${got}`);
    } else {
      assert.ok(areGood, `taken: ${JSON.stringify(fields)}`);
      assert.deepEqual([...got.prices, got.size], numbers);
      assert.ok(Number.isSafeInteger(got.atUs) && got.atUs <= LATEST_US);
      const day = dayOf(fields[time] ?? '');
      if (day !== undefined) assert.equal(got.atUs, day);
    }
  }
}

/** Whether the second of four is the highest, and the third the lowest. */
function isPossible([open = 0, high = 0, low = 0, close = 0]: (number | undefined)[]): boolean {
  return high === Math.max(open, high, low, close) && low === Math.min(open, high, low, close);
}

/** A decimal number as people write it; undefined for any other text. */
function numberOf(text: string): number | undefined {
  if (text.length > LONGEST_FIELD) return undefined;
  let at = 0;
  const digits = () => {
    const from = at;
    while (at < text.length && '0123456789'.includes(text[at] as string)) at += 1;
    return at - from;
  };
  const sign = () => {
    if (text[at] === '+' || text[at] === '-') at += 1;
  };
  sign();
  const whole = digits();
  let fraction = 0;
  if (text[at] === '.') {
    at += 1;
    fraction = digits();
  }
  if (whole + fraction === 0) return undefined;
  if (text[at] === 'e' || text[at] === 'E') {
    at += 1;
    sign();
    if (digits() === 0) return undefined;
  }
  const number = Number(text);
  return at === text.length && Number.isFinite(number) ? number : undefined;
}

/** Microseconds of a plain date of our time; undefined for any other text. */
function dayOf(text: string): number | undefined {
  const date = new Date(text.length === 10 ? `${text}T00:00:00Z` : Number.NaN);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return undefined;
  const us = date.getTime() * 1_000;
  return us > 0 && us <= LATEST_US ? us : undefined;
}

export const csvTargets: FuzzTargetPair = {
  shows: /taken: /,
  real: csv((header) => new RowReader(header)),
  // Reads as much of a number as it understands.
  planted: csv((header) => {
    const reader = new RowReader(header);
    const cut = (field: string) =>
      /^\d+\.\d+\D/.test(field) ? `${Number.parseFloat(field)}` : field;
    return { read: (fields, latestUs): Row | string => reader.read(fields.map(cut), latestUs) };
  }),
};
