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
import { leaseMigrations } from './Lease.ts';
import { shareLeases } from './shareLeases.ts';

const NAMES = ['0', '1', '2', '3', '4', '5', '6', '7'];
const TTL_MS = 400;

const postgres = usePostgres();
let database: Kysely<unknown>;
let stops: AbortController[];
let running: Promise<void>[];
/** Who holds what. */
let held: Map<string, string>;
let collisions: string[];

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-share-'));
  database = await openDatabase<unknown>({
    url: await postgres.createDatabase(),
    migrations: folder,
    kitMigrations: [leaseMigrations],
    applicationName: 'test',
    log: quietLog,
    signal: AbortSignal.timeout(30_000),
  });
  await rm(folder, { recursive: true });
  [stops, running, held, collisions] = [[], [], new Map(), []];
});
afterEach(async () => {
  for (const stop of stops) stop.abort();
  await Promise.all(running);
  await database.destroy();
});

/** @returns how to end it. */
function take(owner: string): AbortController {
  const stop = new AbortController();
  stops.push(stop);
  const options = { database, share: 'work', names: NAMES, owner, log: quietLog, ttlMs: TTL_MS };
  const work = async (name: string, { signal }: { readonly signal: AbortSignal }) => {
    if (held.has(name)) collisions.push(`${owner} beside ${held.get(name)}: ${name}`);
    held.set(name, owner);
    if (!signal.aborted) await once(signal, 'abort');
    held.delete(name);
  };
  running.push(shareLeases(options, work, stop.signal));
  return stop;
}

/** How many each holds, when all are held. */
function counts(): Record<string, number> | undefined {
  if (held.size < NAMES.length) return undefined;
  const all: Record<string, number> = {};
  for (const owner of held.values()) all[owner] = (all[owner] ?? 0) + 1;
  return all;
}
const become = (expected: Record<string, number>) =>
  eventually(() => assert.deepEqual(counts(), expected), 20_000);

test('who comes later gets his part of the work, and who goes leaves it to the others', async () => {
  take('a');
  await become({ a: 8 });
  const second = take('b');
  await become({ a: 4, b: 4 });
  take('c');
  await become({ a: 3, b: 3, c: 2 });
  second.abort();
  await become({ a: 4, c: 4 });
  assert.deepEqual(collisions, []);
});

test('the part of one that has died is taken over when its leases are over', async () => {
  // As a process leaves it that is killed.
  await sql`
    insert into weft.lease_member values ('work', 'b', clock_timestamp() + interval '1.5 s')`.execute(
    database,
  );
  for (const name of ['1', '3', '5', '7']) {
    await sql`
      insert into weft.lease (name, owner, epoch, expires_at)
      values (${name}, 'b', 1, clock_timestamp() + interval '1.5 s')`.execute(database);
  }
  take('a');
  await eventually(() => assert.deepEqual([...held.keys()].sort(), ['0', '2', '4', '6']), 20_000);
  await become({ a: 8 });
});
