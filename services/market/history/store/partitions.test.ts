import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { sql } from 'kysely';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { MICROS_PER_DAY, microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';
import { firstUpdates, testSettings } from '../../feed/testing/testMarket.ts';
import { openHistory, type TestHistory } from '../testing/openHistory.ts';
import { wholeRange } from '../testing/wholeRange.ts';
import { tendPartitions } from './tendPartitions.ts';
import { weekNamed, weekOf } from './Week.ts';

const postgres = usePostgres();
const [made] = firstUpdates(testSettings(), 1) as [ChainUpdated];
/** A Monday. */
const startUs = microsFromTimestamp(made.marketTime as never);
/** As it would have been so many days later. */
const onDay = (day: number): ChainUpdated => ({
  ...{ ...made, sequence: day + 1 },
  marketTime: timestampFromMicros(startUs + day * MICROS_PER_DAY),
});
const options = {
  retentionUs: 14 * MICROS_PER_DAY,
  nowUs: startUs + 10_000 * MICROS_PER_DAY,
};

async function weeksOf({ database }: TestHistory): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent in ('underlying'::regclass, 'expiry_chain'::regclass, 'enrichment'::regclass)
    order by 1`.execute(database);
  return rows.map(({ name }) => name);
}

async function daysOf({ client }: TestHistory): Promise<number[]> {
  const { prices } = await client.listUnderlyingPrices({ ...wholeRange, product: made.product });
  return prices.map(({ sequence }) => sequence - 1);
}

test('weeks begin on Monday, before 1970 too', () => {
  const names = ['2026-01-05T00:00:00Z', '2026-01-11T23:59:59Z', '1969-12-31T00:00:00Z'].map(
    (time) => weekOf(Date.parse(time) * 1_000).name,
  );
  assert.deepEqual(names, ['w20260105', 'w20260105', 'w19691229']);
  assert.deepEqual(weekNamed('w20260105'), weekOf(Date.parse('2026-01-05T00:00:00Z') * 1_000));
  assert.equal(weekNamed('elsewhere'), undefined);
});

test('there are tables for weeks to come, and those whose time is over are removed with their chains', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...[0, 6, 8, 15, 28].map(onDay));
  const removed = await tendPartitions(history.database, options);
  assert.deepEqual(removed, ['w20260105', 'w20260112']);
  const weeks = ['w20260119', 'w20260202', 'w20260209', 'w20260216', 'w20260223'];
  assert.deepEqual(
    await weeksOf(history),
    ['enrichment', 'expiry_chain', 'underlying'].flatMap((table) =>
      weeks.map((week) => `${table}_${week}`),
    ),
  );
  assert.deepEqual(await daysOf(history), [15, 28]);
  assert.deepEqual(await tendPartitions(history.database, options), []);
});

test('what comes later than it would be kept is passed over, also by who has not heard of the removal', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...[0, 28].map(onDay));
  await tendPartitions(history.database, options);
  // Its first try finds the table gone.
  await assert.rejects(history.store(onDay(1)), { code: '23514' });
  await history.store(...[1, 29, 15].map(onDay));
  assert.deepEqual(await daysOf(history), [15, 28, 29]);
});

test('a market whose clock is ahead makes nobody lose what is kept', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store(...[0, 3_000].map(onDay));
  const now = startUs + 2 * MICROS_PER_DAY;
  assert.deepEqual(await tendPartitions(history.database, { ...options, nowUs: now }), []);
  assert.deepEqual(await daysOf(history), [0, 3_000]);
});

test('a product of which nothing is left is unknown', async () => {
  await using history = await openHistory(await postgres.createDatabase());
  await history.store({ ...onDay(0), product: 'GONE' }, onDay(40));
  await tendPartitions(history.database, options);
  const { products } = await history.client.listStoredProducts(wholeRange);
  assert.deepEqual(
    products.map(({ symbol }) => symbol),
    [made.product],
  );
});
