import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';
import {
  ButterflyKind,
  type GetVolatilitySurfaceResponse,
  SurfaceAxis,
} from '@weft/proto/market/v1/option_analytics';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { greeks } from '../../options/blackScholes.ts';
import { smileVolatility } from '../../options/smile.ts';
import { type Svi, sviVariance } from '../../options/svi.ts';
import { chainOf, type TestExpiry } from './testing/chains.ts';
import { openOptionAnalytics, type TestOptionAnalytics } from './testing/openOptionAnalytics.ts';

const postgres = usePostgres();
let opened: TestOptionAnalytics;
before(async () => {
  opened = await openOptionAnalytics(await postgres.createDatabase());
});
after(() => opened?.[Symbol.asyncDispose]());

/** Without static arbitrage. */
const smile = {
  ...{ shortVolatility: 0.2, longVolatility: 0.25, reversion: 1, skew: -0.5, curvature: 1 },
};
const PRICE = 100;
const strikes = Array.from({ length: 41 }, (_, i) => 60 + 2 * i);
const sound = (years: number, more: Partial<TestExpiry> = {}): TestExpiry => ({
  ...{ years, forward: PRICE * Math.exp(0.03 * years), strikes },
  volatility: (k) => smileVolatility(smile, k, years),
  ...more,
});

const YEARS = [0.05, 0.25, 1];
/** Of Axel Vogt: its variance is above 0 everywhere, and its density is not. */
const vogt: Svi = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
const vogtExpiry = (years: number): TestExpiry => ({
  ...{ years, forward: PRICE },
  strikes: Array.from({ length: 61 }, (_, i) => PRICE * Math.exp((i - 30) / 25)),
  volatility: (k) => Math.sqrt(sviVariance(vogt, k) / years),
});

const near = (one: number | undefined, other: number, within: number, what: string) =>
  assert.ok(Math.abs((one ?? Number.NaN) - other) <= within, `${what}: ${one}, and not ${other}`);
const surface = (product: string, axis: SurfaceAxis = SurfaceAxis.UNSPECIFIED) =>
  opened.client.getVolatilitySurface({ product, axis }) as Promise<GetVolatilitySurfaceResponse>;

test('a surface has the volatilities that are quoted, by strike, and a curve that is near to them', async () => {
  await opened.tell(chainOf({ sequence: 1, price: PRICE, expiries: YEARS.map((y) => sound(y)) }));
  const { chain, axis, slices, calendarViolations, arbitrageFree } = await surface('ALFA');
  assert.equal(axis, SurfaceAxis.STRIKE);
  assert.deepEqual([chain?.sequence, chain?.underlyingPrice], [1, PRICE]);
  assert.deepEqual(
    slices.map(({ years }) => years),
    YEARS,
  );
  for (const { years, forwardPrice, ...slice } of slices) {
    assert.deepEqual(slice.strike, strikes);
    for (const [i, strike] of strikes.entries()) {
      const k = Math.log(strike / forwardPrice);
      near(slice.logMoneyness[i], k, 1e-12, `k of ${strike}`);
      const quoted = smileVolatility(smile, k, years);
      near(slice.quotedVolatility[i], quoted, 1e-12, `volatility of ${strike}`);
      near(slice.fittedVolatility[i], quoted, 1e-3, `curve at ${strike}`);
    }
  }
  assert.deepEqual([calendarViolations, arbitrageFree], [[], true]);
});

test('by delta, strikes are those whose calls have it, and none is made up beyond the listed ones', async () => {
  const { slices } = await surface('ALFA', SurfaceAxis.DELTA);
  const found = slices.map(({ delta }) => delta.map((each) => Math.round(each * 100)));
  assert.deepEqual(found[1], [95, 90, 75, 60, 50, 40, 25, 10, 5]);
  // In a year the calls of the outermost strikes have deltas that are less far from a half.
  assert.ok((found[2]?.length ?? 9) < 9 && (found[2]?.length ?? 0) > 4, `${found[2]}`);
  for (const { years, forwardPrice, strike, delta, fittedVolatility } of slices) {
    for (const [i, each] of strike.entries()) {
      assert.ok(each >= 60 && each <= 140);
      const { delta: own } = greeks({
        ...{ kind: 'call', spot: forwardPrice, strike: each, years, rate: 0, dividendYield: 0 },
        volatility: fittedVolatility[i] as number,
      });
      near(delta[i], own, 1e-9, `delta of ${each}`);
    }
  }
});

test("Vogt's smile is shown as it is quoted, and flagged", async () => {
  const expiries = [sound(0.25), vogtExpiry(1)];
  await opened.tell(chainOf({ product: 'VOGT', sequence: 1, price: PRICE, expiries }));
  const { slices, arbitrageFree } = await surface('VOGT');
  assert.equal(arbitrageFree, false);
  assert.equal(slices[0]?.butterflyViolation, undefined);
  const {
    butterflyViolation: found,
    quotedVolatility = [],
    fittedVolatility = [],
  } = slices[1] ?? {};
  assert.equal(found?.kind, ButterflyKind.NEGATIVE_DENSITY);
  near(found.logMoneyness, 0.88, 0.02, 'where it is worst');
  near(found.value, -0.033, 0.001, 'density there');
  for (const [i, quoted] of quotedVolatility.entries())
    near(fittedVolatility[i], quoted, 1e-3, 'curve');
});

test('a later expiry with less variance is flagged, and has no forward volatility', async () => {
  const flat = (volatility: number) => () => volatility;
  const expiries = [
    sound(0.25, { volatility: flat(0.4) }),
    sound(0.5, { volatility: flat(0.2) }),
    sound(1, { volatility: flat(0.3) }),
  ];
  await opened.tell(chainOf({ product: 'CROSS', sequence: 1, price: PRICE, expiries }));
  const { slices, calendarViolations, arbitrageFree } = await surface('CROSS');
  assert.equal(arbitrageFree, false);
  assert.equal(calendarViolations.length, 1);
  const [violation] = calendarViolations;
  assert.deepEqual(
    [violation?.earlierExpiry, violation?.laterExpiry],
    [slices[0]?.expiry, slices[1]?.expiry],
  );
  assert.ok((violation?.value ?? 0) < 0);
  const { points, constantMaturities } = await opened.client.getTermStructure({ product: 'CROSS' });
  assert.deepEqual(
    points?.map((each) => each?.forwardVolatility !== undefined),
    [true, false, true],
  );
  near(points?.[2]?.forwardVolatility, Math.sqrt((0.09 - 0.04 * 0.5) / 0.5), 1e-9, 'forward');
  const found = new Map(constantMaturities?.map((each) => [each?.days, each?.volatility]));
  assert.deepEqual([...found.keys()], [180, 365]);
  // Linear in total variance between 91.25 and 182.5 days.
  const share = (180 / 365 - 0.25) / 0.25;
  const variance = (1 - share) * 0.16 * 0.25 + share * 0.04 * 0.5;
  near(found.get(180), Math.sqrt(variance / (180 / 365)), 1e-9, '180 days');
});

test('skew is that of the quotes at 90 and 110 % of the forward, and absent where no strike lies', async () => {
  const expiries = [sound(0.25), sound(0.5, { strikes: [96, 98, 100, 102, 104, 106] })];
  await opened.tell(chainOf({ product: 'SKEW', sequence: 1, price: PRICE, expiries }));
  const { expiries: [wide, narrow] = [] } = await opened.client.getSkew({ product: 'SKEW' });
  const at = (k: number) => smileVolatility(smile, k, 0.25);
  near(wide?.skew, at(Math.log(0.9)) - at(Math.log(1.1)), 1e-3, 'skew');
  assert.ok((wide?.riskReversal ?? 0) < -0.01 && (wide?.butterfly ?? 0) > 0);
  assert.equal(narrow?.skew, undefined);
});

test('max pain is the strike that costs writers least, of each expiry by itself', async () => {
  const listed = [90, 95, 100, 105, 110];
  const expiries = [
    sound(0.1, { strikes: listed, calls: [5, 80, 120, 400, 300], puts: [250, 90, 60, 10, 1] }),
    sound(0.2, { strikes: listed, calls: [0, 0, 0, 0, 10], puts: [0, 0, 30, 0, 0] }),
    sound(0.3, { strikes: listed }),
  ];
  await opened.tell(chainOf({ product: 'PAIN', sequence: 1, price: PRICE, expiries }));
  const { expiries: found = [] } = await opened.client.getMaxPain({ product: 'PAIN' });
  for (const [i, { calls = [], puts = [] }] of expiries.slice(0, 2).entries()) {
    const payouts = listed.map((settled) =>
      listed.reduce((sum, strike, j) => {
        const call = (calls[j] ?? 0) * Math.max(settled - strike, 0);
        return sum + call + (puts[j] ?? 0) * Math.max(strike - settled, 0);
      }, 0),
    );
    const least = Math.min(...payouts);
    const strike = listed[payouts.indexOf(least)] as number;
    assert.deepEqual([found[i]?.strike, found[i]?.payout], [strike, least]);
    near(found[i]?.distance, strike / PRICE - 1, 1e-12, 'distance');
  }
  assert.deepEqual([found[0]?.callOpenInterest, found[0]?.putOpenInterest], [905, 411]);
  assert.deepEqual([found[2]?.strike, found[2]?.payout], [undefined, undefined]);
});

test('an expiry with too few strikes for a curve, or at its end, takes nothing from the others', async () => {
  const expiries = [sound(0), sound(0.1, { strikes: [98, 100, 102, 104] }), sound(0.5)];
  await opened.tell(chainOf({ product: 'FEW', sequence: 1, price: PRICE, expiries }));
  const { slices, arbitrageFree } = await surface('FEW');
  assert.equal(arbitrageFree, false);
  assert.deepEqual(
    slices.map(({ years, curve, strike }) => [years, curve !== undefined, strike.length]),
    [
      [0.1, false, 4],
      [0.5, true, 41],
    ],
  );
  assert.deepEqual([slices[0]?.fittedVolatility, slices[0]?.delta.length], [[], 4]);
  const byDelta = await surface('FEW', SurfaceAxis.DELTA);
  assert.deepEqual(byDelta.slices[0]?.strike, []);
});

test('a product that there is not, and a name that can be none, are refused by name', async () => {
  const calls = [
    (product: string) => surface(product),
    (product: string) => opened.client.getTermStructure({ product }),
    (product: string) => opened.client.getSkew({ product }),
    (product: string) => opened.client.getMaxPain({ product }),
  ];
  for (const call of calls) {
    await assert.rejects(call('NONE'), (error) => {
      assert.ok(error instanceof RpcError);
      assert.deepEqual([error.code, errorReason(error)], [Status.NOT_FOUND, 'PRODUCT_UNKNOWN']);
      return true;
    });
    await assert.rejects(call('no'), { code: Status.INVALID_ARGUMENT });
  }
});
