import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GeneratorSource } from '@weft/proto/market/v1/trading';
import fc from 'fast-check';
import { Pace } from '../../ticks/Pace.ts';
import { GeneratorTicks } from './GeneratorTicks.ts';

const settings: GeneratorSource = {
  assetSymbol: 'DEMO',
  seed: 1,
  initialPrice: 100,
  drift: 0,
  volatility: 0.2,
  limit: 20_000,
};
const never = new AbortController().signal;

async function walk(change: Partial<GeneratorSource> = {}, after = 0, ticksPerSecond = 0) {
  const source = new GeneratorTicks({ ...settings, ...change }, ticksPerSecond);
  const ticks: [number, number, number][] = [];
  for await (const { sequence, price, size } of source.ticks(after, new Pace(0), never)) {
    sequence.forEach((number, i) => {
      ticks.push([number, price[i] ?? Number.NaN, size[i] ?? Number.NaN]);
    });
  }
  return ticks;
}

test('the same seed gives the same ticks, another seed others', async () => {
  const ticks = await walk();
  assert.equal(ticks.length, 20_000);
  assert.deepEqual(await walk(), ticks);
  assert.notDeepEqual((await walk({ seed: 2, limit: 3 })).slice(0, 3), ticks.slice(0, 3));
});

test('all 53 bits of a seed count', async () => {
  const seeds = [1, 1 + 2 ** 32, 1 + 2 ** 33, Number.MAX_SAFE_INTEGER, 0];
  const firsts = await Promise.all(seeds.map((seed) => walk({ seed, limit: 1 })));
  assert.equal(new Set(firsts.map((ticks) => ticks[0]?.[1])).size, seeds.length);
});

test('what a seed gives never changes: feeds that resume count on it', async () => {
  assert.deepEqual(await walk({ seed: 42, limit: 3 }), [
    [1, 99.99708574213795, 52],
    [2, 99.99659093355356, 6],
    [3, 99.99825929201575, 66],
  ]);
});

test('going on after a tick gives exactly the ticks that follow', async () => {
  const all = await walk();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 20_001 }), async (after) => {
      assert.deepEqual(await walk({}, after), all.slice(after));
    }),
    { numRuns: 20 },
  );
});

test('sizes are whole numbers from 1 to 100', async () => {
  const sizes = new Set((await walk()).map(([, , size]) => size));
  assert.deepEqual(
    [...sizes].sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test('returns have the drift and volatility asked for', async () => {
  const ticksPerYear = 20_000;
  const rate = ticksPerYear / (365 * 86_400);
  const prices = (await walk({ drift: 0.5, volatility: 0.3 }, 0, rate)).map(([, price]) => price);
  const returns = prices.slice(1).map((price, i) => Math.log(price / (prices[i] ?? Number.NaN)));
  const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length;
  const variance = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / returns.length;
  const volatility = Math.sqrt(variance * ticksPerYear);
  // Four standard errors: volatility / sqrt(2 n), and volatility over one year for the mean.
  assert.ok(
    Math.abs(volatility - 0.3) < 4 * (0.3 / Math.sqrt(2 * returns.length)),
    `${volatility}`,
  );
  assert.ok(Math.abs(mean * ticksPerYear - (0.5 - 0.3 ** 2 / 2)) < 4 * 0.3, `${mean}`);
});

test('without volatility the price grows by its drift alone', async () => {
  const ticks = await walk({ volatility: 0, drift: 1, limit: 10 }, 0, 10 / (365 * 86_400));
  assert.ok(Math.abs((ticks.at(-1)?.[1] ?? 0) - 100 * Math.E) < 1e-9);
});
