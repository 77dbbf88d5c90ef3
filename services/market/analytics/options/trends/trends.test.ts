import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorReason, RpcError, Status } from '@weft/mesh/runtime';
import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import type { PcrPoint } from '@weft/proto/market/v1/option_analytics';
import { usePostgres } from '../../../../kit/testing/usePostgres.ts';
import { dateFromTimestamp, timestampFromDate } from '../../../../kit/time.ts';
import { chainOf } from '../testing/chains.ts';
import { openOptionAnalytics, type TestOptionAnalytics } from '../testing/openOptionAnalytics.ts';

const postgres = usePostgres();
let opened: TestOptionAnalytics;
const MINUTE_MS = 60_000;
const EXPIRIES = ['2026-01-16', '2026-02-20'] as const;

interface Told {
  readonly at: Date;
  readonly day: string;
  readonly open: number;
  readonly price: number;
  /** Of each expiry. */
  readonly counts: readonly (readonly [calls: number, puts: number])[];
  readonly volatility: number;
}

/** Thirty sessions of two hours, a chain in most minutes, with some days between. */
const told: Told[] = Array.from({ length: 30 }, (_, session) => {
  const start = Date.parse('2026-01-05T14:30:00Z') + session * 33 * 60 * MINUTE_MS;
  const day = new Date(start).toISOString().slice(0, 10);
  const open = 100 + 3 * Math.sin(session);
  return Array.from({ length: 12 }, (_, step) => step)
    .filter((step) => (step * 7 + session) % 5 !== 0)
    .map((step) => ({
      ...{ at: new Date(start + step * 11 * MINUTE_MS + (step % 3) * 20_000), day, open },
      price: open + Math.cos(step * (session + 1)),
      counts: EXPIRIES.map((_, i) => [step * (i + 3), step * (session % 4) + i] as const),
      volatility: 0.2 + session / 1_000 + step / 10_000,
    }));
}).flat();

const enriched = (each: Told, sequence: number) =>
  ChainEnriched.create({
    ...{ product: 'ALFA', epoch: 1, sequence, underlyingPrice: each.price },
    marketTime: timestampFromDate(each.at),
    session: { day: each.day, open: each.open, change: each.price - each.open },
    expiries: EXPIRIES.map((expiry, i) => ({
      ...{ expiry, years: [0.03, 0.13][i] ?? 0, forwardPrice: 100, maxPain: 95 + 5 * i },
      atmVolatility: each.volatility,
      ...{ callVolume: each.counts[i]?.[0] ?? 0, putVolume: each.counts[i]?.[1] ?? 0 },
      ...{ callOpenInterest: 500 + i, putOpenInterest: 700 },
    })),
  });
const tell = (each: Told, sequence: number) =>
  opened.handle(ChainEnriched.$type, ChainEnriched.encode(enriched(each, sequence)).finish());

before(async () => {
  opened = await openOptionAnalytics(await postgres.createDatabase());
  await opened.tell(chainOf({ sequence: 1, price: 100 }));
  for (const [i, each] of told.entries()) await tell(each, i + 1);
});
after(() => opened?.[Symbol.asyncDispose]());

const NONE = { startTime: undefined, endTime: undefined, interval: undefined, pageToken: '' };
interface Asked {
  readonly startTime?: Date;
  readonly endTime?: Date;
  readonly intervalMs?: number;
  readonly expiry?: string;
  readonly pageSize?: number;
}

/** All pages. */
async function trends({ startTime, endTime, intervalMs, expiry, pageSize = 0 }: Asked = {}) {
  const points: PcrPoint[] = [];
  for (let pageToken = ''; ; ) {
    const page = await opened.client.listPcrTrends({
      ...{ ...NONE, product: 'ALFA', pageSize, pageToken },
      ...(startTime && { startTime: timestampFromDate(startTime) }),
      ...(endTime && { endTime: timestampFromDate(endTime) }),
      ...(intervalMs && { interval: { seconds: intervalMs / 1_000, nanos: 0 } }),
      ...(expiry !== undefined && { expiry }),
    });
    assert.ok((page.points?.length ?? 0) <= (pageSize || 100));
    points.push(...(page.points as PcrPoint[]));
    pageToken = page.nextPageToken ?? '';
    if (pageToken === '') return points;
  }
}

/** By a walk over all that has been told. */
function naive({ startTime, endTime, intervalMs = 15 * MINUTE_MS, expiry }: Asked = {}) {
  const last = new Map<number, Told>();
  for (const each of told) {
    const start = Math.floor(each.at.getTime() / intervalMs) * intervalMs;
    if (startTime && start < startTime.getTime()) continue;
    if (endTime && start >= endTime.getTime()) continue;
    last.set(start, each);
  }
  return [...last].map(([start, { counts, price }]) => {
    const [first = [0, 0], second = [0, 0]] = counts;
    const both = [first[0] + second[0], first[1] + second[1]] as const;
    const [calls, puts] = expiry === undefined ? both : expiry === EXPIRIES[0] ? first : second;
    return { start, price, calls, puts, ratio: calls > 0 ? puts / calls : undefined };
  });
}
const shown = (points: readonly PcrPoint[]) =>
  points.map((each) => ({
    ...{ start: each.startTime && dateFromTimestamp(each.startTime).getTime() },
    ...{ price: each.underlyingPrice, calls: each.callVolume, puts: each.putVolume },
    ratio: each.putCallRatioVolume,
  }));

test('trends are those of the last chain of each interval, of all expiries and of one, in pages of any size', async () => {
  for (const asked of [
    {},
    { pageSize: 7 },
    { intervalMs: MINUTE_MS, pageSize: 50 },
    { intervalMs: 24 * 60 * MINUTE_MS },
    { expiry: EXPIRIES[0] },
    { expiry: EXPIRIES[1], pageSize: 1_000 },
    { startTime: new Date('2026-01-10T00:07:00Z'), endTime: new Date('2026-01-20T17:31:00Z') },
  ]) {
    const points = await trends(asked);
    assert.ok(points.length > 10, `${points.length} points`);
    assert.deepEqual(shown(points), naive(asked));
  }
  const [point] = await trends({ pageSize: 1_000 });
  assert.deepEqual(
    [point?.callOpenInterest, point?.putOpenInterest, point?.putCallRatioOpenInterest],
    [1001, 1400, 1400 / 1001],
  );
  assert.deepEqual(await trends({ expiry: '2027-01-15' }), []);
});

test('a range of a hundred centuries comes in pages, too', async () => {
  const page = await opened.client.listPcrTrends({
    ...{ ...NONE, product: 'ALFA', pageSize: 5 },
    startTime: { seconds: -62_135_596_800, nanos: 0 },
    endTime: { seconds: 253_402_300_799, nanos: 0 },
  });
  assert.equal(page.points?.length, 5);
  assert.notEqual(page.nextPageToken, '');
});

const DAYS = { pageSize: 0, pageToken: '' };
const closes = [...Map.groupBy(told, ({ day }) => day)].map(([day, its]) => ({ day, its }));

test('a day has the open, high, low and close of its chains, and the counts of its last one', async () => {
  const { days = [] } = await opened.client.listDailyAggregates({ ...DAYS, product: 'ALFA' });
  assert.deepEqual(
    days.map((day) => [day?.day, day?.open, day?.high, day?.low, day?.close, day?.chainCount]),
    closes.map(({ day, its }) => {
      const prices = [its[0]?.open ?? 0, ...its.map(({ price }) => price)];
      return [day, prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1), its.length];
    }),
  );
  const [first] = days;
  const counts = closes[0]?.its.at(-1)?.counts.flat() ?? [];
  assert.equal(first?.callVolume, (counts[0] ?? 0) + (counts[2] ?? 0));
  assert.equal(first?.maxPain, 95);
  const range = { startDay: '2026-01-08', endDay: '2026-01-12' };
  const some = await opened.client.listDailyAggregates({ ...DAYS, product: 'ALFA', ...range });
  assert.deepEqual(
    some.days?.map((day) => day?.day),
    closes.map(({ day }) => day).filter((day) => day >= '2026-01-08' && day < '2026-01-12'),
  );
});

test('realised volatility is that of the window of closes, on each page, beside what options have told', async () => {
  const asked = { ...DAYS, product: 'ALFA', windowDays: 5, pageSize: 10 };
  const first = await opened.client.listVolatilityHistory(asked);
  const pageToken = first.nextPageToken ?? '';
  const second = await opened.client.listVolatilityHistory({ ...asked, pageToken });
  const days = [...(first.days ?? []), ...(second.days ?? [])];
  assert.equal(days.length, 20);
  const prices = closes.map(({ its }) => its.at(-1)?.price ?? 0);
  for (const [i, day] of days.entries()) {
    const implied = closes[i]?.its.at(-1)?.volatility ?? 0;
    assert.ok(Math.abs((day?.impliedVolatility ?? 0) - implied) < 1e-12);
    if (i < 5) {
      assert.deepEqual([day?.realisedVolatility, day?.premium], [undefined, undefined]);
      continue;
    }
    let sum = 0;
    for (let j = i - 4; j <= i; j++) {
      sum += Math.log((prices[j] as number) / (prices[j - 1] as number)) ** 2;
    }
    const realised = Math.sqrt((sum / 5) * 252);
    assert.ok(Math.abs((day?.realisedVolatility ?? 0) - realised) < 1e-12, `day ${i}`);
    assert.ok(Math.abs((day?.premium ?? 0) - (implied - realised)) < 1e-12);
  }
});

test('a chain that comes late, after newer ones, takes the place of none', async () => {
  const trend = await trends({ intervalMs: MINUTE_MS, pageSize: 1_000 });
  const { days: [before] = [] } = await opened.client.listDailyAggregates({
    ...DAYS,
    product: 'ALFA',
  });
  const late = { ...(told[5] as Told), counts: [[9_999, 9_999]] as const, price: 1 };
  await tell(late, 1);
  assert.deepEqual(await trends({ intervalMs: MINUTE_MS, pageSize: 1_000 }), trend);
  const { days: [now] = [] } = await opened.client.listDailyAggregates({
    ...DAYS,
    product: 'ALFA',
  });
  assert.deepEqual([now?.close, now?.callVolume], [before?.close, before?.callVolume]);
  assert.equal(now?.low, 1);
});

test('a start after the end, what is no day, no interval and no product are refused by name', async () => {
  const pcr = (more: object) =>
    opened.client.listPcrTrends({ ...NONE, product: 'ALFA', pageSize: 0, ...more });
  const days = (more: object) =>
    opened.client.listDailyAggregates({ ...DAYS, product: 'ALFA', ...more });
  const refused = (call: Promise<unknown>, code: number, reason?: string) =>
    assert.rejects(call, (error) => {
      assert.ok(error instanceof RpcError);
      assert.deepEqual([error.code, errorReason(error)], [code, reason]);
      return true;
    });
  const [early, late] = [1, 2].map((seconds) => ({ seconds, nanos: 0 }));
  const { INVALID_ARGUMENT, NOT_FOUND } = Status;
  await refused(pcr({ startTime: late, endTime: early }), INVALID_ARGUMENT, 'RANGE_REVERSED');
  const reversed = { startDay: '2026-02-01', endDay: '2026-01-01' };
  await refused(days(reversed), INVALID_ARGUMENT, 'RANGE_REVERSED');
  await refused(days({ startDay: '2026-02-30' }), INVALID_ARGUMENT);
  await refused(pcr({ interval: { seconds: 420, nanos: 0 } }), INVALID_ARGUMENT);
  await refused(pcr({ interval: { seconds: 90, nanos: 0 } }), INVALID_ARGUMENT);
  await refused(pcr({ product: 'NONE' }), NOT_FOUND, 'PRODUCT_UNKNOWN');
  await refused(days({ product: 'NONE' }), NOT_FOUND, 'PRODUCT_UNKNOWN');
  const history = opened.client.listVolatilityHistory({ ...DAYS, product: 'NONE', windowDays: 0 });
  await refused(history, NOT_FOUND, 'PRODUCT_UNKNOWN');
});
