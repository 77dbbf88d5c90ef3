import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashWithEvents } from '../../kit/testing/crash/crashWithEvents.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { microsFromTimestamp } from '../../kit/time.ts';
import { firstUpdates, testSettings } from '../feed/testing/testMarket.ts';
import type { HistorySetting } from './testing/historyScenario.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('testing/historyScenario.ts', import.meta.url));
const CHAINS = 12;

test('wherever history is killed, it has each chain that was told, once and whole', async () => {
  const told = firstUpdates(testSettings(), CHAINS);
  const expected = told
    .map(({ product, sequence, marketTime, underlyingPrice, expiries }) =>
      [
        ...[product, sequence, microsFromTimestamp(marketTime as never), underlyingPrice],
        ...expiries.map(({ expiry }) => expiry),
      ].join(),
    )
    .sort();
  const steps = await crashWithEvents<HistorySetting>({
    script,
    services: [
      { name: 'feed', consumes: [] },
      { name: 'history', consumes: ['feed.chain_updated'] },
    ],
    points: 4,
    async prepare() {
      return {
        chains: CHAINS,
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
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
