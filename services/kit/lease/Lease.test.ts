import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../database/openDatabase.ts';
import { quietLog } from '../testing/quietLog.ts';
import { usePostgres } from '../testing/usePostgres.ts';
import { holdLease, type LeaseTerm, leaseMigrations } from './Lease.ts';

const postgres = usePostgres();
let database: Kysely<unknown>;
let stop: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-lease-'));
  database = await openDatabase<unknown>({
    url: await postgres.createDatabase(),
    migrations: folder,
    kitMigrations: [leaseMigrations],
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(30_000),
  });
  await rm(folder, { recursive: true });
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await database.destroy();
});

function hold(owner: string, work: (term: LeaseTerm) => Promise<void>, ttlMs = 400): void {
  const options = { database, name: 'work', owner, log: quietLog, ttlMs };
  running.push(holdLease(options, work, stop.signal));
}

const whole = async ({ signal }: LeaseTerm) => {
  if (!signal.aborted) await once(signal, 'abort');
};

test('one holds it at a time, for as long as it renews it', async () => {
  let holders = 0;
  let most = 0;
  let terms = 0;
  for (const owner of ['a', 'b', 'c']) {
    hold(owner, async (term) => {
      terms += 1;
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setTimeout(resolve, 50));
      holders -= 1;
      assert.ok(!term.signal.aborted || stop.signal.aborted);
    });
  }
  await eventually(() => terms >= 4);
  assert.equal(most, 1);
});

test('who renews no more loses it to another, whose epoch is greater', async () => {
  const terms: [string, number][] = [];
  hold('first', async (term) => {
    terms.push(['first', term.epoch]);
    await whole(term);
  });
  await eventually(() => terms.length === 1);
  // As if it had stood still.
  await sql`update weft.lease set expires_at = clock_timestamp() - interval '1 s'`.execute(
    database,
  );
  hold('second', async (term) => {
    terms.push(['second', term.epoch]);
    await whole(term);
  });
  await eventually(() => terms.length > 1);
  assert.ok((terms[1]?.[1] ?? 0) > (terms[0]?.[1] ?? 0), JSON.stringify(terms));
});

test('work that fails gives it back', async () => {
  let tries = 0;
  hold('first', async () => {
    tries += 1;
    throw new Error('no');
  });
  await eventually(() => tries >= 2);
});
