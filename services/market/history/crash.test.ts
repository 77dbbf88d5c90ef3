import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Contracts } from '@weft/mesh/contracts';
import { planEvents } from '@weft/mesh/events';
import { TestConsul } from '@weft/mesh/testing/TestConsul';
import { TestNats } from '@weft/mesh/testing/TestNats';
import { crashAtPoints } from '../../kit/testing/crash/crashAtPoints.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { microsFromTimestamp } from '../../kit/time.ts';
import { firstUpdates, testSettings } from '../feed/testing/testMarket.ts';
import type { HistorySetting } from './testing/historyScenario.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('testing/historyScenario.ts', import.meta.url));
const CHAINS = 12;

test('wherever history is killed, it has each chain that was told, once and whole', async () => {
  await using cleanup = new AsyncDisposableStack();
  const consul = cleanup.adopt(await TestConsul.start(), (each) => each.stop());
  const plan = planEvents(Contracts.load(), [
    { name: 'feed', consumes: [] },
    { name: 'history', consumes: ['feed.chain_updated'] },
  ]);
  const servers: TestNats[] = [];
  cleanup.defer(async () => {
    for (const server of servers) await server.stop();
  });
  const told = firstUpdates(testSettings(), CHAINS);
  const expected = told
    .map(({ product, sequence, marketTime, underlyingPrice, expiries }) =>
      [
        ...[product, sequence, microsFromTimestamp(marketTime as never), underlyingPrice],
        ...expiries.map(({ expiry }) => expiry),
      ].join(),
    )
    .sort();
  const steps = await crashAtPoints<HistorySetting>({
    script,
    ...(process.env.WEFT_CRASH_POINTS ? {} : { points: 4 }),
    async prepare() {
      const nats = await TestNats.start(consul, plan);
      servers.push(nats);
      return {
        ...{ natsUrl: nats.url, chains: CHAINS },
        identities: {
          feed: await nats.identity('feed'),
          history: await nats.identity('history'),
        },
        feedUrl: await postgres.createDatabase(),
        historyUrl: await postgres.createDatabase(),
      };
    },
    async check({ historyUrl }) {
      const rows = await query(
        historyUrl,
        `select concat_ws(',', product, sequence, time_us, price,
           (select string_agg(expiry, ',' order by expiry) from expiry_chain as own
            where own.product = whole.product and own.time_us = whole.time_us)) as line
         from underlying as whole`,
      );
      assert.deepEqual(rows.map(({ line }) => String(line)).sort(), expected);
      const [{ parked } = {}] = await query(
        historyUrl,
        'select count(*)::int as parked from weft.parked_event',
      );
      assert.equal(parked, 0);
      await servers.pop()?.stop();
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
