import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { query } from '../testing/query.ts';
import { quietLog } from '../testing/quietLog.ts';
import { startPostgres } from '../testing/startPostgres.ts';
import { DatabaseWatch } from './DatabaseWatch.ts';

/** A watch over a PostgreSQL of its own, and what it has told. */
async function startWatch(t: TestContext) {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const told: (string | undefined)[] = [];
  const watch = new DatabaseWatch({
    url: postgres.url,
    applicationName: 'watch',
    log: quietLog,
    onChange: (reason) => told.push(reason),
  });
  t.after(() => watch.stop());
  return { postgres, watch, told };
}

test('a killed server is told of, and its return, and what was notified meanwhile is looked for', async (t) => {
  const { postgres, watch, told } = await startWatch(t);
  let heard = 0;
  watch.listen('work', () => {
    heard += 1;
  });
  const hears = async () => {
    const before = heard;
    await query(postgres.url, 'notify work');
    return eventually(() => heard > before, 1_000);
  };
  await eventually(hears);
  assert.deepEqual(told, []);

  await postgres.kill();
  await eventually(() => told.length > 0);
  assert.match(told[0] ?? '', /^the database cannot be reached: no PostgreSQL server answers/);

  const before = heard;
  await postgres.restart();
  // While it starts, the reason is another one.
  await eventually(() => told.at(-1) === undefined && heard > before);
  await eventually(hears);
});

test('a connection that the server ends is made anew, and is no outage', async (t) => {
  const { postgres, told } = await startWatch(t);
  const backend = async () => {
    const [row] = await query(
      postgres.url,
      "select pid from pg_stat_activity where application_name = 'watch'",
    );
    return Number(row?.pid ?? 0);
  };
  const first = await eventually(async () => (await backend()) || false);
  await query(postgres.url, `select pg_terminate_backend(${first})`);
  await eventually(async () => {
    const now = await backend();
    return now !== 0 && now !== first;
  });
  assert.deepEqual(told, []);
});
