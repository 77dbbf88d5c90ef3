import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashWithEvents } from '../../kit/testing/crash/crashWithEvents.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import type { EnrichSetting } from './testing/enrichScenario.ts';
import { RECIPES } from './testing/makeChain.ts';
import { assertEnriched, readStreams } from './testing/readStreams.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('testing/enrichScenario.ts', import.meta.url));
/** Into the second day, so that bars of all lengths end. */
const UNTIL = 40;

test('wherever it is killed, each chain is enriched once and in order, and no bar is lost or counts twice', async () => {
  await using cleanup = new AsyncDisposableStack();
  const noMigrations = await mkdtemp(join(tmpdir(), 'weft-none-'));
  cleanup.defer(() => rm(noMigrations, { recursive: true }));
  const steps = await crashWithEvents<EnrichSetting>({
    script,
    services: [
      { name: 'feed', consumes: [] },
      { name: 'enricher', consumes: ['feed.chain_updated'] },
    ],
    points: 4,
    async prepare() {
      const [feedUrl, enricherUrl] = [
        await postgres.createDatabase(),
        await postgres.createDatabase(),
      ];
      return { feedUrl, enricherUrl, noMigrations, until: UNTIL };
    },
    async check({ enricherUrl }, nats) {
      const { chains, enriched } = await readStreams(nats);
      assert.equal(chains.length, RECIPES.length * UNTIL);
      assertEnriched(chains, enriched);
      const closed = enriched.flatMap(({ bars }) => bars.filter((bar) => bar.closed));
      const [rows] = await query(
        enricherUrl,
        `select (select count(*)::int from bar) as bars,
           (select sum(volume)::int from bar) as volume,
           (select count(*)::int from enrichment) as enrichments`,
      );
      const volume = closed.reduce((sum, bar) => sum + bar.volume, 0);
      assert.deepEqual(rows, {
        bars: closed.length,
        volume,
        enrichments: RECIPES.length * UNTIL,
      });
      assert.ok(closed.length > UNTIL);
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
