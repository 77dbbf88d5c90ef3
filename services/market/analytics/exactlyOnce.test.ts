import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import fc from 'fast-check';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { Book } from './book/Book.ts';
import { readAcknowledged, readAssets } from './book/readState.ts';
import { migrations, openAnalytics, type TestAnalytics } from './testing/openAnalytics.ts';
import { TestSender } from './testing/TestSender.ts';
import { batchOf, type Tick, ticksOf } from './testing/ticks.ts';

const postgres = usePostgres();

/** What happens beside the sending of one batch. */
type Event = 'nothing' | 'wait' | 'sender reconnects' | 'connections break' | 'process is killed';

test('figures are those of an undisturbed run, bit for bit, whatever breaks meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
      fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
      fc.infiniteStream(
        fc.oneof(
          { weight: 4, arbitrary: fc.constant<Event>('nothing') },
          { weight: 2, arbitrary: fc.constant<Event>('wait') },
          { weight: 2, arbitrary: fc.constant<Event>('sender reconnects') },
          { weight: 1, arbitrary: fc.constant<Event>('connections break') },
          { weight: 1, arbitrary: fc.constant<Event>('process is killed') },
        ),
      ),
      async (seed, lengths, overlaps, events) => {
        const ticks = ticksOf(seed, 400);
        const undisturbed = new Book();
        undisturbed.applyTicks(batchOf(ticks));
        const expected = undisturbed.take().assets.map(({ record }) => record);

        const url = await postgres.createDatabase(migrations);
        const analytics = await sendAll(url, ticks, { lengths, overlaps, events });
        try {
          const { sequence } = await readAcknowledged(analytics.database, 'test');
          assert.equal(sequence, ticks.length);
          const stored = await readAssets(analytics.database);
          const bySymbol = expected.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
          assert.deepEqual(stored, bySymbol);
          const { count } = await analytics.database
            .selectFrom('candle')
            .select(({ fn }) => fn.sum<number>('count').as('count'))
            .executeTakeFirstOrThrow();
          assert.equal(Number(count), ticks.length);
        } finally {
          await analytics.close();
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
});

interface Course {
  readonly lengths: Iterator<number>;
  /** How far before the last acknowledged tick a sender begins again. */
  readonly overlaps: Iterator<number>;
  readonly events: Iterator<Event>;
}

/** Sends until all is acknowledged, as the contract asks of a sender, through everything that happens. */
async function sendAll(
  url: string,
  ticks: readonly Tick[],
  { lengths, overlaps, events }: Course,
): Promise<TestAnalytics> {
  let analytics = await openAnalytics(url);
  let sender: TestSender | undefined;
  let sent = 0;
  for (;;) {
    try {
      if (!sender) {
        sender = new TestSender(analytics.marketData, 'test');
        const acknowledged = (await sender.next()) ?? 0;
        sent = Math.max(0, acknowledged - overlaps.next().value);
      }
      while (sent < ticks.length) {
        const batch = ticks.slice(sent, sent + lengths.next().value);
        sender.send(batchOf(batch, sent + 1));
        sent += batch.length;
        const event: Event = events.next().value;
        if (event === 'wait') await sender.acknowledged(sent);
        if (event === 'connections break') await analytics.breakConnections();
        if (event === 'process is killed') {
          await analytics.kill();
          analytics = await openAnalytics(url);
        }
        if (event === 'sender reconnects' || event === 'process is killed') {
          sender = new TestSender(analytics.marketData, 'test');
          sent = Math.max(0, ((await sender.next()) ?? 0) - overlaps.next().value);
        }
      }
      sender.halfClose();
      await sender.acknowledged(ticks.length);
      return analytics;
    } catch (error) {
      const { code } = error as RpcError;
      if (code !== Status.UNAVAILABLE) throw error;
      sender = undefined;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
