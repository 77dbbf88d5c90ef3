import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describeLength } from '../../../bars/barLength.ts';
import { Pace } from '../../../ticks/Pace.ts';
import { SourceError } from '../SourceError.ts';
import type { FileSettings } from './FileSettings.ts';
import { FileTicks } from './FileTicks.ts';
import { inspectFile } from './inspectFile.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp('/tmp/weft-bars-');
});
after(() => rm(folder, { recursive: true }));

let files = 0;
/** A file of bars with these times, or of these rows. */
async function fileOf(rows: readonly string[], header = 'date,open,high,low,close,volume') {
  const file = path.join(folder, `${++files}.csv`);
  const bars = rows.map((row, i) => (row.includes(',') ? row : `${row},${i + 10},20000,1,15,${i}`));
  await writeFile(file, [header, ...bars, ''].join('\n'));
  return file;
}
const given = (name: string) =>
  fileURLToPath(new URL(`../../testdata/${name}.csv`, import.meta.url));

const settings: FileSettings = { symbol: 'A', barLengthUs: 0, timeZone: '' };

/** What is read of a file. */
async function read(file: string, changed: Partial<FileSettings> = {}) {
  const asked = { ...settings, ...changed };
  const facts = await inspectFile(file, asked);
  const source = new FileTicks(file, asked, facts);
  const batches = await Array.fromAsync(source.ticks(0, new Pace(0), new AbortController().signal));
  const bars = batches.flatMap((batch) => {
    assert.ok('lengthUs' in batch);
    return batch.startUs.map((startUs, i) => {
      const at = new Date(startUs / 1_000).toISOString().slice(0, 16);
      const hours = (batch.durationUs[i] ?? 0) / 3.6e9;
      const figures = [batch.open[i], batch.high[i], batch.low[i], batch.close[i]];
      return `${at} ${hours}h ${figures.join(' ')} ${batch.volume[i]}`;
    });
  });
  return { bars, of: describeLength(facts.barLengthUs), badRows: facts.badRows };
}
const refused = (message: RegExp) => (error: Error) =>
  error instanceof SourceError && message.test(error.message);

describe('files as people have them', () => {
  const FIGURES = ['100 110 95 105 1000', '105 112 101 108 2000', '108 115 104 111 1500'];
  const whole: [string, string, string, string[]][] = [
    [
      'dates without dashes',
      'dates-without-dashes',
      'a day',
      ['02T00:00 24h', '03T00:00 24h', '04T00:00 24h'],
    ],
    [
      'days of New York',
      'days-of-new-york',
      'a day',
      ['02T05:00 24h', '03T05:00 24h', '04T05:00 24h'],
    ],
    [
      'hours from half past',
      'hours-from-half-past',
      '3600 s',
      ['02T14:30 1h', '02T15:30 1h', '02T16:30 1h'],
    ],
    ['a grown file', 'grown-after', 'a day', ['02T00:00 24h', '03T00:00 24h', '04T00:00 24h']],
  ];
  for (const [what, name, of, times] of whole) {
    test(`${what}: each row is the bar that it says`, async () => {
      const bars = times.map((time, i) => `2024-01-${time} ${FIGURES[i]}`);
      assert.deepEqual(await read(given(name)), { bars, of, badRows: [] });
    });
  }

  test('minutes without dashes are no day of 1976', async () => {
    const { bars, of } = await read(given('times-without-dashes'));
    assert.equal(of, '60 s');
    assert.deepEqual(
      bars.map((bar) => bar.slice(0, 16)),
      ['2024-01-02T09:30', '2024-01-02T09:31', '2024-01-02T09:32'],
    );
  });

  test('weeks and months last as long as they do', async () => {
    assert.deepEqual(await read(given('weeks')), {
      bars: [
        '2024-09-02T00:00 168h 15.08 15.19 10.71 11.55 1424900',
        '2024-09-09T00:00 168h 11.65 11.87 9.63 10.83 2352500',
        '2024-09-16T00:00 168h 10.77 11.19 9.64 10 3524000',
      ],
      of: 'a week',
      badRows: [],
    });
    const months = await read(given('months'));
    assert.equal(months.of, 'a month');
    assert.deepEqual(
      months.bars.map((bar) => bar.slice(0, 21)),
      ['2024-01-01T00:00 744h', '2024-02-01T00:00 696h', '2024-03-01T00:00 744h'],
    );
  });

  test('days of a spreadsheet are refused, and told as dates', async () => {
    await assert.rejects(
      read(given('spreadsheet-days')),
      refused(/^row 2: date: .*day number of 2024-01-02.*"45293"$/),
    );
  });

  test('a row of a day under way among days is named', async () => {
    const { bars, of, badRows } = await read(given('day-under-way'));
    assert.equal(of, 'a day');
    assert.equal(bars.length, 3);
    assert.deepEqual(badRows, ['row 5: the time is a date and time, those before it are a date']);
  });

  test('rows of null are named, and those beside them are what they were', async () => {
    const { bars, of, badRows } = await read(given('rows-of-null'));
    assert.equal(of, 'a day');
    assert.deepEqual(bars, [
      '2024-01-02T00:00 24h 100 110 95 105 1000',
      '2024-01-08T00:00 24h 108 115 104 111 1500',
    ]);
    assert.deepEqual(badRows, [
      'row 3: open: not a number: "null"',
      'row 4: open: not a number: "-"',
      'row 5: open: not a number: "NaN"',
    ]);
  });

  test('bars that cannot be are named', async () => {
    const { bars, badRows } = await read(given('impossible-bars'));
    assert.deepEqual(bars, ['2024-01-03T00:00 24h 12 13 11 12.5 2000']);
    assert.deepEqual(badRows, [
      'row 2: high: 13.61 is below open: 41.6',
      'row 4: high: 11 is below low: 14',
    ]);
  });

  test('of a file of two assets those of the symbol are read, and another symbol is refused', async () => {
    assert.deepEqual((await read(given('two-assets'), { symbol: 'BBB' })).bars, [
      '2024-01-02T05:00 24h 1 1.1 0.9 1.05 90000',
      '2024-01-03T05:00 24h 1.05 1.2 1 1.1 80000',
    ]);
    await assert.rejects(
      read(given('two-assets'), { symbol: 'CCC' }),
      refused(/several assets, and none of "CCC": it has "AAA", "BBB"$/),
    );
  });

  test('a row twice is read twice, for the receiver to count; other figures for its time are named', async () => {
    assert.equal((await read(given('row-twice'))).bars.length, 4);
    const other = await fileOf(['2024-01-02', '2024-01-03', '2024-01-03']);
    assert.deepEqual((await read(other)).badRows, [
      'row 4: the row before it has the same time and other figures',
    ]);
  });
});

describe('the length of bars', () => {
  const DAY = 86_400_000;
  const lengths: [string, number][] = [
    ...[1, 15, 60, 300, 900, 3_600, 14_400].map((s): [string, number] => [`${s} s`, s * 1_000]),
    ['a day', DAY],
    ['a week', 7 * DAY],
  ];
  test('is found whatever is missing and in whichever order the rows are', async () => {
    const order = fc.constantFrom('rising', 'falling');
    const start = fc.integer({ min: 4_000, max: 19_000 });
    const gaps = fc.array(fc.boolean(), { minLength: 30, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...lengths),
        order,
        start,
        gaps,
        async (length, way, first, isThere) => {
          const [of, ms] = length;
          // One in two is missing at most, as weekends, holidays and quiet minutes are.
          const steps = isThere.flatMap((there, i) => (there || i % 2 === 0 ? [i] : []));
          const times = steps.map((i) => new Date(first * DAY + i * ms).toISOString());
          // Two that follow each other tell it.
          fc.pre(isThere.filter((there, i) => there && i % 2 === 1).length > 8);
          const file = await fileOf(way === 'rising' ? times : times.toReversed());
          const found = await read(file);
          assert.equal(found.of, of);
          assert.equal(found.bars.length, times.length);
          assert.deepEqual(found.badRows, []);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('of days is found over weekends, holidays and the change to summer time', async () => {
    const days = ['03-07', '03-08', '03-11', '03-12', '03-13', '03-14', '03-15', '03-18'];
    const winter = days.slice(0, 2).map((day) => `2024-${day}T05:00:00Z`);
    const summer = days.slice(2).map((day) => `2024-${day}T04:00:00Z`);
    const { of, bars } = await read(await fileOf([...winter, ...summer]));
    assert.equal(of, 'a day');
    assert.equal(bars.length, days.length);
  });

  test('of weeks and months that begin on other days is found all the same', async () => {
    const weeks = ['2024-08-19', '2024-08-26', '2024-09-03', '2024-09-09', '2024-09-16'];
    assert.deepEqual(((found) => [found.of, found.bars.length])(await read(await fileOf(weeks))), [
      'a week',
      5,
    ]);
    const ends = ['2024-01-31', '2024-02-29', '2024-03-28', '2024-04-30'];
    assert.deepEqual(((found) => [found.of, found.bars.length])(await read(await fileOf(ends))), [
      'a month',
      4,
    ]);
  });

  test('of a file with a row under way is that of the others, and the row is named', async () => {
    const times = [30, 31, 32, 33].map((minute) => `2024-01-02T09:${minute}:00-05:00`);
    const { of, badRows } = await read(await fileOf([...times, '2024-01-02T09:33:37-05:00']));
    assert.equal(of, '60 s');
    assert.deepEqual(badRows, [
      'row 6: starts within the bar of the row before it, which is of 60 s',
    ]);
  });

  test('of a single date, and of dates without a day after another, is a day', async () => {
    assert.equal((await read(await fileOf(['2024-01-02']))).of, 'a day');
    assert.equal((await read(await fileOf(['2024-01-05', '2024-01-08']))).of, 'a day');
  });

  test('that the times do not tell is asked for, and taken as it is said', async () => {
    for (const times of [
      ['2024-01-02T09:30:00Z'],
      ['2024-01-02T09:30Z', '2024-01-02T16:30Z'],
      ['2024-03-31', '2024-06-30'],
    ]) {
      await assert.rejects(
        read(await fileOf(times)),
        refused(/cannot be told from its times.*BAR=/),
      );
    }
    const said = { barLengthUs: 3_600e6 };
    assert.equal((await read(await fileOf(['2024-01-02T09:30:00Z']), said)).of, '3600 s');
  });
});

test('times without a zone are those of the zone that is said, on each side of summer time', async () => {
  const times = [
    '2024-03-08',
    '2024-03-09',
    '2024-03-10',
    '2024-03-11',
    '2024-11-03',
    '2024-11-04',
  ];
  const { bars, of } = await read(await fileOf(times), { timeZone: 'America/New_York' });
  assert.equal(of, 'a day');
  assert.deepEqual(
    bars.map((bar) => bar.slice(5, 16)),
    ['03-08T05:00', '03-09T05:00', '03-10T05:00', '03-11T04:00', '11-03T04:00', '11-04T05:00'],
  );
  await assert.rejects(
    read(await fileOf(times), { timeZone: 'Mars/Olympus' }),
    refused(/no time zone "Mars\/Olympus"/),
  );
});

test('a column that tells rows apart is heeded for ticks too, and one with a single value is not', async () => {
  const header = 'time,price,size,Ticker';
  const rows = ['2024-01-02,1,1,A', '2024-01-02,2,1,B', '2024-01-03,3,1,A'];
  assert.equal((await inspectFile(await fileOf(rows, header), settings)).rowCount, 2);
  const one = { ...settings, symbol: 'RENAMED' };
  assert.equal((await inspectFile(await fileOf(rows.slice(0, 1), header), one)).rowCount, 1);
});
