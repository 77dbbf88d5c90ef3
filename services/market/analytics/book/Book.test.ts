import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MICROS_PER_MINUTE } from '../../../kit/time.ts';
import { arbitraryTicks, batchOf, type Tick } from '../testing/ticks.ts';
import { Book } from './Book.ts';

const MINUTE = MICROS_PER_MINUTE;
const tick = (price: number, atUs: number, size = 1): Tick => ({ symbol: 'A', price, size, atUs });

function recordOf(ticks: readonly Tick[]) {
  const book = new Book();
  book.applyTicks(batchOf(ticks));
  return book.take().assets[0]?.record;
}

test('first and last go by event time, and among equal times by arrival', () => {
  const record = recordOf([tick(5, 20), tick(6, 10), tick(7, 10), tick(8, 20), tick(9, 15)]);
  assert.equal(record?.first, 6);
  assert.equal(record?.firstUs, 10);
  assert.equal(record?.last, 8);
  assert.equal(record?.lastUs, 20);
});

test('high, low, volume and turnover take all ticks in', () => {
  const record = recordOf([tick(5, 1, 2), tick(3, 2, 4), tick(4, 3, 0)]);
  assert.deepEqual(
    [record?.count, record?.high, record?.low, record?.volume, record?.turnover],
    [3, 5, 3, 6, 22],
  );
});

test('the minutes of a time before 1970 begin where all others do', () => {
  const book = new Book();
  book.applyTicks(batchOf([tick(1, -1), tick(2, -MINUTE), tick(3, -MINUTE - 1)]));
  assert.deepEqual(
    book.take().candles.map((candle) => candle.startUs),
    [-MINUTE, -2 * MINUTE],
  );
});

test('candles hold what a plain reading of their ticks says', () => {
  fc.assert(
    fc.property(arbitraryTicks({ min: 1, max: 200 }), (ticks) => {
      const book = new Book();
      book.applyTicks(batchOf(ticks));
      const { candles } = book.take();
      const slot = (symbol: string, atUs: number) => `${symbol} ${Math.floor(atUs / MINUTE)}`;
      const expected = Map.groupBy(ticks, (each) => slot(each.symbol, each.atUs));
      assert.equal(candles.length, expected.size);
      for (const candle of candles) {
        const own = expected.get(slot(candle.symbol, candle.startUs)) ?? [];
        const byTime = own.toSorted((a, b) => a.atUs - b.atUs);
        const prices = own.map((each) => each.price);
        assert.equal(candle.count, own.length);
        assert.equal(candle.open, byTime.at(0)?.price);
        assert.equal(candle.close, byTime.at(-1)?.price);
        assert.equal(candle.high, Math.max(...prices));
        assert.equal(candle.low, Math.min(...prices));
        assert.equal(
          candle.volume,
          own.reduce((sum, each) => sum + each.size, 0),
        );
      }
    }),
  );
});

test('totals are the same to the last bit however ticks are cut into batches and takes', () => {
  fc.assert(
    fc.property(
      arbitraryTicks({ min: 1, max: 200 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 20 })),
      (ticks, lengths) => {
        const whole = new Book();
        whole.applyTicks(batchOf(ticks));
        const expected = new Map(whole.take().assets.map(({ record }) => [record.symbol, record]));

        let cut = new Book();
        const taken = new Map<string, unknown>();
        for (let i = 0; i < ticks.length; ) {
          const length = lengths.next().value as number;
          cut.applyTicks(batchOf(ticks.slice(i, i + length)));
          i += length;
          const { assets } = cut.take();
          for (const { record } of assets) taken.set(record.symbol, record);
          cut = new Book([...taken.values()] as Iterable<never>);
        }
        assert.deepEqual(taken, expected);
      },
    ),
  );
});

test('a take tells how many ticks an asset had at the take before', () => {
  const book = new Book();
  book.applyTicks(batchOf([tick(1, 1), tick(1, 2)]));
  book.take();
  book.applyTicks(batchOf([tick(1, 3)]));
  const [change] = book.take().assets;
  assert.deepEqual([change?.previousCount, change?.record.count], [2, 3]);
  assert.deepEqual(book.take(), { assets: [], candles: [], bars: [] });
});

test('ticks before the start are passed over, and a symbol only they name stays unknown', () => {
  const book = new Book();
  const other: Tick = { symbol: 'B', price: 1, size: 1, atUs: 1 };
  book.applyTicks(batchOf([other, tick(2, 2)]), 1);
  assert.deepEqual(
    book.take().assets.map(({ record }) => record.symbol),
    ['A'],
  );
});
