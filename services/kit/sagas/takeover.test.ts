import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '@weft/mesh/testing/eventually';
import { query } from '../testing/query.ts';
import { OUTSIDE_TABLES, TRANSFER_STEPS, type Transfer } from '../testing/sagas/transfer.ts';
import { startPostgres } from '../testing/startPostgres.ts';
import { onServer } from '../testing/templateDatabase.ts';
import { usePostgres } from '../testing/usePostgres.ts';

const script = fileURLToPath(new URL('../testing/sagas/transferMember.ts', import.meta.url));
const LATEST_MS = 60_000;
const postgres = usePostgres();
let outsideUrl: string;
let databaseUrl: string;
let members: ChildProcess[];

beforeEach(async () => {
  [databaseUrl, outsideUrl] = [await postgres.createDatabase(), await postgres.createDatabase()];
  await query(outsideUrl, OUTSIDE_TABLES);
  members = [];
});
afterEach(async () => {
  for (const member of members) {
    member.kill('SIGKILL');
    if (member.exitCode === null && member.signalCode === null) await once(member, 'exit');
  }
});

async function open(instance: number, url = databaseUrl): Promise<ChildProcess> {
  const member = fork(script, [url, outsideUrl, String(instance)]);
  members.push(member);
  const ended = once(member, 'exit').then(([code]) => assert.fail(`it ended with ${code}`));
  await Promise.race([once(member, 'message'), ended]);
  return member;
}

async function start(member: ChildProcess, transfer: Transfer): Promise<string> {
  const answered = once(member, 'message');
  member.send(transfer);
  return String((await answered)[0]);
}

const transfer = (name: string): Transfer => ({ name, refused: '' });

async function ended(id: string, url = databaseUrl): Promise<unknown> {
  return eventually(async () => {
    const [saga] = await query(
      url,
      `select state from weft.saga where id = '${id}' and ended_at is not null`,
    );
    return saga?.state ?? false;
  }, LATEST_MS);
}

/** Which processes have tried a step of a transfer, in their order. */
async function tried(name: string, step: string): Promise<unknown[]> {
  const rows = await query(
    outsideUrl,
    `select pid from attempt where transfer = '${name}' and step = '${step}' order by id`,
  );
  return rows.map(({ pid }) => pid);
}

async function effects(name: string): Promise<unknown[]> {
  return query(
    outsideUrl,
    `select step from effect where transfer = '${name}' and not undone order by step`,
  ).then((rows) => rows.map(({ step }) => step));
}

const gate = (step: string) => ({
  close: () => query(outsideUrl, `insert into gate values ('${step}', false)`),
  open: () => query(outsideUrl, `update gate set open = true where step = '${step}'`),
});

const ALL = [...TRANSFER_STEPS].sort();

test('a saga of an instance that is killed is taken over once, and nothing that was done is done again', async () => {
  const debit = gate('debit');
  await debit.close();
  const first = await open(1);
  const id = await start(first, transfer('t'));
  await eventually(async () => (await tried('t', 'debit')).length > 0);
  const others = [await open(2), await open(3)];
  first.kill('SIGKILL');
  await eventually(async () => (await tried('t', 'debit')).length > 1, LATEST_MS);
  await debit.open();
  assert.equal(await ended(id), 'succeeded');
  const pids = await tried('t', 'debit');
  assert.deepEqual(pids.slice(0, 1), [first.pid]);
  assert.equal(pids.length, 2);
  assert.ok(others.some(({ pid }) => pid === pids[1]));
  assert.deepEqual(await tried('t', 'reserve'), [first.pid]);
  assert.deepEqual(await effects('t'), ALL);
});

test('an instance that stands still loses its sagas, does nothing for them when it wakes, and works on', async () => {
  const debit = gate('debit');
  await debit.close();
  const first = await open(1);
  const id = await start(first, transfer('t'));
  await eventually(async () => (await tried('t', 'debit')).length > 0);
  first.kill('SIGSTOP');
  const second = await open(2);
  await eventually(async () => (await tried('t', 'debit')).length > 1, LATEST_MS);
  const credit = gate('credit');
  await credit.close();
  await debit.open();
  await eventually(async () => (await tried('t', 'credit')).length > 0, LATEST_MS);
  first.kill('SIGCONT');
  // It is awake: what it is asked for now, it does, or lets be done.
  const other = await start(first, transfer('other'));
  await credit.open();
  assert.equal(await ended(id), 'succeeded');
  assert.equal(await ended(other), 'succeeded');
  assert.deepEqual(await tried('t', 'debit'), [first.pid, second.pid]);
  assert.deepEqual(await tried('t', 'credit'), [second.pid]);
  assert.deepEqual(await tried('t', 'announce'), [second.pid]);
  assert.deepEqual(await effects('t'), ALL);
  second.kill('SIGKILL');
  const last = await start(first, transfer('last'));
  assert.equal(await ended(last), 'succeeded');
});

test('an instance that stops hands its sagas over at once', async () => {
  const debit = gate('debit');
  const first = await open(1);
  const second = await open(2);
  await debit.close();
  const id = await start(first, transfer('t'));
  await eventually(async () => (await tried('t', 'debit')).length > 0);
  const [holder] = await tried('t', 'debit');
  const [stopping] = [first, second].filter(({ pid }) => pid === holder);
  stopping?.kill('SIGTERM');
  await eventually(async () => (await tried('t', 'debit')).length > 1, LATEST_MS);
  await debit.open();
  assert.equal(await ended(id), 'succeeded');
  const [row] = await query(
    databaseUrl,
    `select recovery_attempts::int as deaths from dbos.workflow_status where workflow_uuid = '${id}'`,
  );
  assert.deepEqual(row, { deaths: 1 });
  assert.deepEqual(await effects('t'), ALL);
});

test('PostgreSQL killed and started again under sagas of two instances: each ends done, or undone', async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.adopt(await startPostgres(), (each) => each.stop());
  await query(server.url, 'create database own');
  const url = onServer(server.url, 'own');
  const two = [await open(1, url), await open(2, url)];
  const transfers = Array.from({ length: 20 }, (_, index) => ({
    name: `t${index}`,
    refused: index % 2 === 0 ? 'credit' : '',
  }));
  const debit = gate('debit');
  await debit.close();
  const ids: string[] = [];
  for (const [index, each] of transfers.entries()) {
    ids.push(await start(two[index % 2] as ChildProcess, each));
  }
  await eventually(async () => (await tried('t0', 'debit')).length > 0);
  await server.kill();
  await debit.open();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await server.restart();
  for (const [index, id] of ids.entries()) {
    const { name, refused } = transfers[index] as Transfer;
    assert.equal(await ended(id, url), refused ? 'compensated' : 'succeeded', name);
    assert.deepEqual(await effects(name), refused ? [] : ALL, name);
  }
});

test('instances that start for the first time at once all come up', async () => {
  const four = await Promise.all([1, 2, 3, 4].map((instance) => open(instance)));
  const id = await start(four[0] as ChildProcess, transfer('t'));
  assert.equal(await ended(id), 'succeeded');
});
