import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashAtPoints } from '../testing/crash/crashAtPoints.ts';
import { query } from '../testing/query.ts';
import { OUTSIDE_TABLES, TRANSFER_STEPS } from '../testing/sagas/transfer.ts';
import type { TransferSetting } from '../testing/sagas/transferScenario.ts';
import { usePostgres } from '../testing/usePostgres.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('../testing/sagas/transferScenario.ts', import.meta.url));

test('wherever the process is killed, a saga ends all done or all undone, each step once', async () => {
  const steps = await crashAtPoints<TransferSetting>({
    script,
    async prepare() {
      const outsideUrl = await postgres.createDatabase();
      await query(outsideUrl, OUTSIDE_TABLES);
      return { databaseUrl: await postgres.createDatabase(), outsideUrl };
    },
    async check({ databaseUrl, outsideUrl }) {
      const ends = await query(databaseUrl, 'select key, state from weft.saga order by key');
      assert.deepEqual(ends, [
        { key: 'done', state: 'succeeded' },
        { key: 'undone', state: 'compensated' },
      ]);
      const effects = await query(
        outsideUrl,
        'select transfer, step from effect where not undone order by step',
      );
      assert.deepEqual(
        effects,
        [...TRANSFER_STEPS].sort().map((step) => ({ transfer: 'done', step })),
      );
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
