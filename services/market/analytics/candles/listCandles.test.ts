import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import { eventually } from '@weft/mesh/testing/eventually';
import { ListCandlesRequest } from '@weft/proto/market/v1/analytics';
import { sql } from 'kysely';
import pg from 'pg';
import { callContext } from '../../../kit/testing/callContext.ts';
import { query } from '../../../kit/testing/query.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { MICROS_PER_MINUTE, microsFromTimestamp, timestampFromMicros } from '../../../kit/time.ts';
import { migrations, openAnalytics, type TestAnalytics } from '../testing/openAnalytics.ts';
import { TestSender } from '../testing/TestSender.ts';
import { batchOf, type Tick, ticksOf } from '../testing/ticks.ts';

const postgres = usePostgres();
let url: string;
let analytics: TestAnalytics;
beforeEach(async () => {
  url = await postgres.createDatabase(migrations);
  analytics = await openAnalytics(url);
});
afterEach(() => analytics.close());

async function store(ticks: readonly Tick[], batchLength = 7): Promise<void> {
  const sender = new TestSender(analytics.marketData, 'test');
  for (let i = 0; i < ticks.length; i += batchLength) {
    sender.send(batchOf(ticks.slice(i, i + batchLength), i + 1));
  }
  await sender.acknowledged(ticks.length);
  sender.halfClose();
}

function list(request: Partial<ListCandlesRequest>) {
  return analytics.queries.listCandles(
    ListCandlesRequest.fromPartial({ assetSymbol: 'A', ...request }),
    callContext(),
  );
}

const minutes = (count: number) => ({ seconds: count * 60, nanos: 0 });
const at = (iso: string) => ({ seconds: Date.parse(iso) / 1000, nanos: 0 });
const tickAt = (iso: string, price: number, size = 1): Tick => ({
  symbol: 'A',
  price,
  size,
  atUs: Date.parse(iso) * 1000,
});

test('candles of any interval, page after page, are what a plain reading of the ticks says', async () => {
  const ticks = ticksOf(5, 600);
  await store(ticks);
  for (const length of [1, 2, 3, 1440]) {
    const intervalUs = length * MICROS_PER_MINUTE;
    const own = ticks.filter(({ symbol }) => symbol === 'A');
    const slots = Map.groupBy(own, ({ atUs }) => Math.floor(atUs / intervalUs) * intervalUs);
    const expected = Array.from(slots.entries(), ([startUs, within]) => {
      const byTime = within.toSorted((a, b) => a.atUs - b.atUs);
      return {
        startTime: timestampFromMicros(startUs),
        open: byTime.at(0)?.price,
        high: Math.max(...within.map(({ price }) => price)),
        low: Math.min(...within.map(({ price }) => price)),
        close: byTime.at(-1)?.price,
        count: within.length,
      };
    }).sort((a, b) => a.startTime.seconds - b.startTime.seconds);

    const listed = [];
    let pageToken = '';
    do {
      const page = await list({ interval: minutes(length), pageSize: 2, pageToken });
      assert.ok(page.candles.length <= 2);
      listed.push(...page.candles);
      pageToken = page.nextPageToken;
    } while (pageToken);
    assert.deepEqual(
      listed.map(({ volume, ...candle }) => candle),
      expected,
    );
    for (const candle of listed) {
      const startUs = candle.startTime ? microsFromTimestamp(candle.startTime) : Number.NaN;
      const volume = slots.get(startUs)?.reduce((sum, { size }) => sum + size, 0) ?? Number.NaN;
      assert.ok(Math.abs(candle.volume - volume) < 1e-9);
    }
  }
});

test('a day is the interval unless told, and weeks start on Monday', async () => {
  await store([tickAt('2024-01-07T10:00:00Z', 5), tickAt('2024-01-08T00:00:00Z', 6)]);
  const days = await list({});
  assert.deepEqual(
    days.candles.map(({ startTime }) => startTime),
    [at('2024-01-07T00:00:00Z'), at('2024-01-08T00:00:00Z')],
  );
  const weeks = await list({ interval: minutes(7 * 1440) });
  assert.deepEqual(
    weeks.candles.map(({ startTime }) => startTime),
    [at('2024-01-01T00:00:00Z'), at('2024-01-08T00:00:00Z')],
  );
});

test('start and end choose candles by their own start', async () => {
  const hours = ['00', '01', '02', '03', '04'];
  await store(hours.map((hour) => tickAt(`2024-01-02T${hour}:30:00Z`, Number(hour) + 1)));
  const { candles } = await list({
    interval: minutes(60),
    startTime: at('2024-01-02T00:15:00Z'),
    endTime: at('2024-01-02T03:00:01Z'),
  });
  assert.deepEqual(
    candles.map(({ open }) => open),
    [2, 3, 4],
  );
});

test("late ticks move a candle's open and close only if they are outermost", async () => {
  await store(
    [
      tickAt('2024-01-02T00:00:20Z', 10),
      tickAt('2024-01-02T00:00:10Z', 9),
      tickAt('2024-01-02T00:00:20Z', 11),
      tickAt('2024-01-02T00:00:15Z', 12),
      tickAt('2024-01-02T00:00:10Z', 8),
    ],
    1,
  );
  const { candles } = await list({ interval: minutes(1) });
  assert.deepEqual(candles, [
    {
      startTime: at('2024-01-02T00:00:00Z'),
      open: 9,
      high: 12,
      low: 8,
      close: 11,
      volume: 5,
      count: 5,
    },
  ]);
});

test('what cannot be answered is refused', async () => {
  await store([tickAt('2024-01-02T00:00:00Z', 1), tickAt('2024-01-03T00:00:00Z', 1)]);
  const code = (code: Status) => (error: RpcError) => error.code === code;
  const refused = async (request: Partial<ListCandlesRequest>) => list(request);
  await assert.rejects(refused({ assetSymbol: 'NONE' }), code(Status.NOT_FOUND));
  const interval = { seconds: 90, nanos: 0 };
  await assert.rejects(refused({ interval }), code(Status.INVALID_ARGUMENT));
  await assert.rejects(refused({ pageToken: 'x' }), code(Status.INVALID_ARGUMENT));
  const { nextPageToken } = await list({ pageSize: 1 });
  await assert.rejects(
    refused({ pageToken: nextPageToken, interval: minutes(60) }),
    code(Status.INVALID_ARGUMENT),
  );
});

test('a page of long candles is cut where it has read much, and the next pages have the rest', async () => {
  await store([tickAt('2024-01-02T00:00:00Z', 1)]);
  // Twelve weeks with a tick in each minute but the first: 120,959 minutes beside that one.
  await sql`
    insert into candle
    select 'A', us, 1, us, 2, 0.5, 1, us, 3, 1
    from generate_series(
      ${at('2024-01-04T00:01:00Z').seconds * 1e6}::bigint,
      ${at('2024-06-06T00:00:00Z').seconds * 1e6}::bigint - 60000000, 60000000
    ) as us`.execute(analytics.database);
  const weeks = minutes(7 * 1440);
  const first = await list({ interval: weeks, pageSize: 1000 });
  assert.ok(first.candles.length < 20, `${first.candles.length} candles`);
  const second = await list({ interval: weeks, pageSize: 1000, pageToken: first.nextPageToken });
  assert.equal(second.nextPageToken, '');
  const all = [...first.candles, ...second.candles];
  assert.equal(all.length, 23);
  assert.equal(
    all.reduce((sum, { count }) => sum + count, 0),
    1 + 22 * 7 * 1440 - 1,
  );
});

/** Stands in for a slow disk: whoever reads candles of this symbol waits while the test holds a lock. */
async function holdReadersOf(symbol: string): Promise<{ release(): Promise<void> }> {
  const { database } = analytics;
  await sql`alter table candle rename to stored_candle`.execute(database);
  await sql`
    create function is_readable(symbol text) returns boolean language plpgsql as $$
    begin
      if symbol = ${sql.lit(symbol)} then
        perform pg_advisory_lock_shared(7);
        perform pg_advisory_unlock_shared(7);
      end if;
      return true;
    end $$`.execute(database);
  await sql`create view candle as select * from stored_candle where is_readable(symbol)`.execute(
    database,
  );
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('select pg_advisory_lock(7)');
  return {
    release: () => holder.end(),
  };
}

test('readers who wait for the database keep no trade from being recorded', async () => {
  await store([
    tickAt('2024-01-02T00:00:00Z', 1),
    { ...tickAt('2024-01-02T00:00:00Z', 1), symbol: 'B' },
  ]);
  const readers = await holdReadersOf('A');
  let answered = 0;
  // As many as a server lets in, and more.
  const reads = Array.from({ length: 128 }, async () => {
    await list({ interval: minutes(7 * 1440), pageSize: 1000 });
    answered++;
  });
  try {
    await eventually(async () => {
      const waiting = await query(
        url,
        `select pid from pg_stat_activity
        where datname = current_database() and wait_event = 'advisory'`,
      );
      assert.ok(waiting.length > 1, 'no reader waits');
    });
    for (let i = 0; i < 20; i++) {
      const { success } = await analytics.marketData.sendMarketData(
        { assetSymbol: 'B', price: 2, timestamp: at('2024-01-02T00:00:30Z') },
        callContext(),
      );
      assert.ok(success);
    }
    assert.equal(answered, 0);
  } finally {
    await readers.release();
    await Promise.allSettled(reads);
  }
  const { candles } = await list({ assetSymbol: 'B', interval: minutes(1) });
  assert.equal(candles[0]?.count, 21);
});
