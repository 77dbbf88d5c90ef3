import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import { callContext } from '../../kit/testing/callContext.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { migrations, openAnalytics, type TestAnalytics } from './testing/openAnalytics.ts';
import { TestSender } from './testing/TestSender.ts';
import { batchOf } from './testing/ticks.ts';

const postgres = usePostgres();
let analytics: TestAnalytics;
beforeEach(async () => {
  analytics = await openAnalytics(await postgres.createDatabase(migrations));
});
afterEach(() => analytics.close());

const tick = { symbol: 'A', price: 2, size: 3, atUs: 1_600_000_000_000_000 };
const ticks = (count: number) => Array.from({ length: count }, () => tick);
const timestamp = { seconds: 1_600_000_000, nanos: 0 };

async function countOf(symbol: string): Promise<number> {
  const { summary } = await analytics.queries.getAssetSummary({ assetSymbol: symbol }, context);
  return summary?.count ?? 0;
}
const context = callContext();
const failsWith = (code: Status) => (error: RpcError) => error.code === code;

test('a single trade is committed when the call is answered; its size is 1 unless told', async () => {
  const request = { assetSymbol: 'A', price: 2, timestamp };
  assert.deepEqual(await analytics.marketData.sendMarketData(request, context), { success: true });
  await analytics.marketData.sendMarketData({ ...request, size: 2.5 }, context);
  const row = await analytics.database.selectFrom('asset').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([row.count, row.volume, row.turnover], [2, 3.5, 7]);
});

test('a sender learns where to go on, and then what is committed', async () => {
  const sender = new TestSender(analytics.marketData, 'test');
  assert.equal(await sender.next(), 0);
  sender.send(batchOf(ticks(5), 1));
  assert.equal(await sender.next(), 5);
  sender.halfClose();
  assert.equal(await sender.next(), undefined);

  const again = new TestSender(analytics.marketData, 'test');
  assert.equal(await again.next(), 5);
  again.send(batchOf(ticks(10), 1));
  assert.equal(await again.acknowledged(10), 10);
  assert.equal(await countOf('A'), 10);
});

test('the last batch before the end of a stream is acknowledged', async () => {
  const sender = new TestSender(analytics.marketData, 'test');
  sender.send(batchOf(ticks(3), 1));
  sender.halfClose();
  assert.equal(await sender.acknowledged(3), 3);
  assert.equal(await sender.next(), undefined);
});

test('sequence numbers may have gaps', async () => {
  const sender = new TestSender(analytics.marketData, 'test');
  sender.send({ ...batchOf(ticks(3), 10), sequenceStep: [0, 5, 1] });
  await sender.acknowledged(16);
  sender.send({ ...batchOf(ticks(3), 15), sequenceStep: [0, 1, 4] });
  assert.equal(await sender.acknowledged(20), 20);
  assert.equal(await countOf('A'), 4);
});

test('nothing of a broken batch is taken, what came before it stays', async () => {
  const sender = new TestSender(analytics.marketData, 'test');
  sender.send(batchOf(ticks(2), 1));
  await sender.acknowledged(2);
  sender.send({ ...batchOf(ticks(3), 3), symbolIndex: [0, 0, 1] });
  await assert.rejects(sender.next(), failsWith(Status.INVALID_ARGUMENT));
  assert.equal(await countOf('A'), 2);
  assert.equal(await new TestSender(analytics.marketData, 'test').next(), 2);
});

test('a call that does not begin with open, or opens twice, is refused', async () => {
  async function* batchFirst() {
    yield { message: { $case: 'batch', value: batchOf(ticks(1)) } } as const;
  }
  const responses = analytics.marketData.streamMarketData(batchFirst(), context);
  await assert.rejects(Array.fromAsync(responses), failsWith(Status.INVALID_ARGUMENT));

  const sender = new TestSender(analytics.marketData, 'test');
  await sender.next();
  sender.sendRequest({ message: { $case: 'open', value: { source: 'other' } } });
  await assert.rejects(sender.next(), failsWith(Status.INVALID_ARGUMENT));
});

test('a newer call takes a source over and the older one is aborted', async () => {
  const older = new TestSender(analytics.marketData, 'test');
  older.send(batchOf(ticks(4), 1));
  await older.acknowledged(4);
  const newer = new TestSender(analytics.marketData, 'test');
  assert.equal(await newer.next(), 4);
  await assert.rejects(older.next(), failsWith(Status.ABORTED));
  newer.send(batchOf(ticks(2), 5));
  assert.equal(await newer.acknowledged(6), 6);
  assert.equal(await countOf('A'), 6);
});

test('a broken database ends the streams as UNAVAILABLE; afterwards they go on without loss', async () => {
  const sender = new TestSender(analytics.marketData, 'test');
  sender.send(batchOf(ticks(7), 1));
  await sender.acknowledged(7);
  sender.send(batchOf(ticks(3), 8));
  await analytics.database.schema.alterTable('candle').renameTo('hidden').execute();
  sender.send(batchOf(ticks(4), 11));
  await assert.rejects(sender.acknowledged(14), failsWith(Status.UNAVAILABLE));
  await assert.rejects(
    analytics.marketData.sendMarketData(
      { assetSymbol: 'A', price: 2, timestamp },
      context,
    ) as Promise<unknown>,
    failsWith(Status.UNAVAILABLE),
  );
  await analytics.database.schema.alterTable('hidden').renameTo('candle').execute();

  const committed = await resume();
  assert.ok(committed === 7 || committed === 10, `${committed}`);
  const again = new TestSender(analytics.marketData, 'test');
  again.send(batchOf(ticks(14), 1));
  await again.acknowledged(14);
  assert.equal(await countOf('A'), 14);
});

test('state that another writer has changed is noticed, and nothing counts twice', async () => {
  const url = await postgres.createDatabase(migrations);
  const both = [await openAnalytics(url), await openAnalytics(url)] as const;
  try {
    const request = { assetSymbol: 'A', price: 2, timestamp };
    await both[0].marketData.sendMarketData(request, context);
    await assert.rejects(
      both[1].marketData.sendMarketData(request, context) as Promise<unknown>,
      failsWith(Status.UNAVAILABLE),
    );
    const { count } = await both[0].database
      .selectFrom('asset')
      .select('count')
      .executeTakeFirstOrThrow();
    assert.equal(count, 1);
  } finally {
    for (const each of both) await each.close();
  }
});

/** Opens the source until that works, and answers where it goes on. */
async function resume(): Promise<number> {
  for (;;) {
    try {
      return (await new TestSender(analytics.marketData, 'test').next()) ?? 0;
    } catch (error) {
      if ((error as RpcError).code !== Status.UNAVAILABLE) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
