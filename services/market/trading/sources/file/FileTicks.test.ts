import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Pace } from '../../../ticks/Pace.ts';
import { TickColumns } from '../../../ticks/Ticks.ts';
import { SourceError } from '../SourceError.ts';
import type { FileSettings } from './FileSettings.ts';
import { FileTicks } from './FileTicks.ts';
import { inspectFile } from './inspectFile.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp('/tmp/weft-csv-');
});
after(() => rm(folder, { recursive: true }));

let files = 0;
async function fileOf(content: string | Buffer): Promise<string> {
  const file = path.join(folder, `${++files}.csv`);
  await writeFile(file, content);
  return file;
}

const settings: FileSettings = { symbol: 'A', barLengthUs: 0, timeZone: '' };

async function inspect(content: string | Buffer) {
  return inspectFile(await fileOf(content), settings);
}

/** All batches of a file. */
async function batchesOf(file: string, after = 0) {
  const source = new FileTicks(file, settings, await inspectFile(file, settings));
  return Array.fromAsync(source.ticks(after, new Pace(0), new AbortController().signal));
}

/** All bars of a file: start, seconds, open, high, low, close, volume. */
async function barsOf(file: string, after = 0) {
  return (await batchesOf(file, after)).flatMap((batch) => {
    assert.ok('lengthUs' in batch);
    return batch.startUs.map((startUs, i) => [
      new Date(startUs / 1_000).toISOString(),
      (batch.durationUs[i] ?? Number.NaN) / 1e6,
      ...[batch.open[i], batch.high[i], batch.low[i], batch.close[i], batch.volume[i]],
    ]);
  });
}

/** All ticks of a file: [sequence, price, size, time in microseconds]. */
async function ticksOf(file: string, after = 0): Promise<number[][]> {
  const all = new TickColumns();
  for (const ticks of await batchesOf(file, after)) {
    assert.ok('price' in ticks);
    ticks.sequence.forEach((sequence, i) => {
      all.push(sequence, ticks.price[i] ?? NaN, ticks.size[i] ?? NaN, ticks.atUs[i] ?? NaN);
    });
  }
  return all.sequence.map((sequence, i) => [
    sequence,
    all.price[i] ?? NaN,
    all.size[i] ?? NaN,
    all.atUs[i] ?? NaN,
  ]);
}

const us = (iso: string) => Date.parse(iso) * 1000;
const refused = (message: RegExp) => (error: Error) =>
  error instanceof SourceError && message.test(error.message);

test('a row of open, high, low and close is one bar, as it is written', async () => {
  const file = await fileOf(
    'Date,OPEN,High,low,Close,Adj Close,Volume\n' +
      '2024-01-02,10,13,9,12,12,400\n2024-01-03,20,23,19,22,22,100\n',
  );
  assert.deepEqual(await barsOf(file), [
    ['2024-01-02T00:00:00.000Z', 86_400, 10, 13, 9, 12, 400],
    ['2024-01-03T00:00:00.000Z', 86_400, 20, 23, 19, 22, 100],
  ]);
});

test('a row of price and size is a tick', async () => {
  const file = await fileOf('Timestamp,Size,Price\r\n1704164645,0,1.5\r\n1704164645.5,2e1,.25');
  const start = us('2024-01-02T03:04:05Z');
  assert.deepEqual(await ticksOf(file), [
    [1, 1.5, 0, start],
    [2, 0.25, 20, start + 500_000],
  ]);
});

test('quotes, a byte order mark, blanks and empty lines are read past; the first column may be unnamed', async () => {
  const file = await fileOf(
    '\uFEFF"",price, "size" ,note\n2024-01-02,"1.5", 2 ,"a ""b"",\nc"\n\n"2024-01-03",3,4,\n',
  );
  assert.deepEqual(
    (await ticksOf(file)).map((tick) => tick.slice(1, 3)),
    [
      [1.5, 2],
      [3, 4],
    ],
  );
});

test('a bar that has not ended has lasted until now, and ends in no future', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const file = await fileOf(
    `date,open,high,low,close,volume\n2024-01-02,1,1,1,1,4\n2024-01-03,1,1,1,1,4\n${today},1,2,1,2,4\n`,
  );
  const [at, seconds] = (await barsOf(file)).at(-1) ?? [];
  assert.ok(Date.parse(String(at)) + Number(seconds) * 1_000 <= Date.now());
});

test('rows that cannot be read are named, the others are numbered without them', async () => {
  const file = await fileOf(
    [
      'time,price,size',
      '2024-01-01,1,1',
      '2024-01-02,x,1',
      '',
      'soon,1,1',
      '2024-01-02,1',
      '2024-01-02,1,234,5',
      '2024-01-02,0,1',
      '2024-01-02,-1,1',
      '2024-01-02,1,-1',
      '2024-01-02,NaN,1',
      '2024-01-02,1e999,1',
      '2024-01-02,0x10,1',
      '2024-01-02,,1',
      '9999-01-01,1,1',
      '2024-01-02,1,1"',
      '2024-01-03,2,2',
    ].join('\n'),
  );
  const facts = await inspectFile(file, settings);
  assert.equal(facts.rowCount, 2);
  assert.equal(facts.badRowCount, 13);
  assert.deepEqual(facts.badRows, [
    'row 3: price: not a number: "x"',
    'row 5: time: not a time (ISO 8601, YYYYMMDD, or a number of seconds or milliseconds since 1970): "soon"',
    'row 6: has 2 fields, the header has 3',
    'row 7: has 4 fields, the header has 3',
    'row 8: price: must be above 0: 0',
    'row 9: price: must be above 0: -1',
    'row 10: size: must not be below 0: -1',
    'row 11: price: not a number: "NaN"',
    'row 12: price: not a number: "1e999"',
    'row 13: price: not a number: "0x10"',
  ]);
  assert.deepEqual(
    (await ticksOf(file)).map(([sequence, price]) => [sequence, price]),
    [
      [1, 1],
      [2, 2],
    ],
  );
});

test('a quote that is never closed is a broken row', async () => {
  const { badRows, rowCount } = await inspect(
    'time,price,size\n2024-01-01,1,1\n"2024-01-02,1,1\n2024-01-03,1,1\n',
  );
  assert.equal(rowCount, 1);
  assert.match(badRows[0] ?? '', /^row \d+: a quote is opened and never closed$/);
});

const unreadable: [string, string | Buffer, RegExp][] = [
  ['an empty file', '', /the file is empty/],
  ['a header alone', 'time,price,size\n', /no rows/],
  ['no good row', 'time,price,size\n2024-01-01,x,1\n', /^row 2: price: not a number/],
  ['no time column', 'when,price,size\n1,1,1\n', /no time column.*"when", "price", "size"/],
  ['two time columns', 'date,time,price,size\n', /more than one time column: "date", "time"/],
  ['no price', 'time,bid,size\n', /neither open, high, low, close and volume nor price and size/],
  ['no size', 'time,price\n', /lacks the column "size"/],
  ['no volume', 'time,open,high,low,close\n', /lacks the column "volume"/],
  ['a column twice', 'time,price,size,Price\n', /has the column "price" twice/],
  ['semicolons', 'time;price;size\n', /no time column.*"time;price;size"/],
  ['no text', Buffer.alloc(200_000, 1), /^row 1: /],
];
for (const [what, content, message] of unreadable) {
  test(`${what} is refused, and says so`, () => assert.rejects(inspect(content), refused(message)));
}

test('going on after a tick gives exactly the ticks that follow', async () => {
  const rows = Array.from(
    { length: 12_000 },
    (_, i) => `${1_600_000_000 + i * 60},${i + 1},${i + 2},${i + 1},${i + 2},4`,
  );
  const file = await fileOf(`time,open,high,low,close,volume\n${rows.join('\n')}`);
  const all = await barsOf(file);
  assert.equal(all.length, 12_000);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 12_001 }), async (after) => {
      assert.deepEqual(await barsOf(file, after), all.slice(after));
      const [first] = await batchesOf(file, after);
      assert.equal(first?.sequence[0], after < 12_000 ? after + 1 : undefined);
    }),
    { numRuns: 10 },
  );
});

test('a file that is gone cannot go on', async () => {
  const file = await fileOf('time,price,size\n2024-01-01,1,1\n');
  const facts = await inspectFile(file, settings);
  await rm(file);
  const ticks = new FileTicks(file, settings, facts).ticks(
    0,
    new Pace(0),
    new AbortController().signal,
  );
  await assert.rejects(Array.fromAsync(ticks), refused(/not stored here any more/));
});

test('the S&P 500 since 2000: its bars are the rows of the file', async () => {
  const data = path.join(
    path.dirname(fileURLToPath(import.meta.resolve('vega-datasets'))),
    '../data',
  );
  const file = path.join(data, 'sp500-2000.csv');
  const bars = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  assert.deepEqual(
    await barsOf(file),
    bars.map(([date, open, high, low, close, , volume]) => [
      `${date}T00:00:00.000Z`,
      86_400,
      ...[open, high, low, close, volume].map(Number),
    ]),
  );
});
