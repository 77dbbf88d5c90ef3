import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { sql } from 'kysely';
import { openDatabase } from '../../../kit/database/openDatabase.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import type { DB } from '../database.ts';
import { migrations } from '../testing/openAnalytics.ts';
import { batchOf } from '../testing/ticks.ts';
import { Ledger } from './Ledger.ts';
import { Summaries } from './Summaries.ts';

const postgres = usePostgres();

const tick = { symbol: 'A', price: 1, size: 1, atUs: 1_600_000_000_000_000 };
const BATCH = 65_536;
/** More of them may not wait for their commit. */
const BATCHES = 8;

test('while a commit takes its time, readers see what is committed and senders wait', async () => {
  const database = await openDatabase<DB>({
    url: await postgres.createDatabase(migrations),
    migrations,
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(20_000),
  });
  const summaries = new Summaries();
  const sizes: number[] = [];
  const onCommit = (ticks: number) => sizes.push(ticks);
  const ledger = await Ledger.open({ database, summaries, log: quietLog, onCommit });
  try {
    await ledger.send(batchOf([tick]));
    const stream = await ledger.openSource('test');
    const unlock = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const blocking = database.transaction().execute(async (transaction) => {
      await sql`lock table asset in access exclusive mode`.execute(transaction);
      locked.resolve();
      await unlock.promise;
    });
    await locked.promise;

    const batch = batchOf(new Array(BATCH).fill(tick));
    const firstOf = (i: number) => ({ ...batch, firstSequence: i * BATCH + 1 });
    for (let i = 0; i < BATCHES - 1; i++)
      await stream.receive({ $case: 'batch', value: firstOf(i) });
    let hasRoom = false;
    const last = stream.receive({ $case: 'batch', value: firstOf(BATCHES - 1) }).then(() => {
      hasRoom = true;
    });
    await eventually(async () => {
      const { rows } = await sql`
        select from pg_locks join pg_database on pg_database.oid = pg_locks.database
        where datname = current_database() and not granted`.execute(database);
      assert.equal(rows.length, 1, 'the commit waits for the lock');
    });
    assert.equal(hasRoom, false);
    assert.equal(summaries.get('A')?.count, 1);

    unlock.resolve();
    await blocking;
    await last;
    await stream.finish();
    assert.equal(summaries.get('A')?.count, BATCHES * BATCH + 1);
    const group = sizes.slice(1);
    assert.equal(
      group.reduce((sum, size) => sum + size, 0),
      BATCHES * BATCH,
    );
    assert.ok(group.length <= 3, `${BATCHES} batches were committed in ${group.length} groups`);
  } finally {
    await ledger.close();
    await database.destroy();
  }
});
