import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../testing/eventually.ts';
import { ServingState } from '../health/ServingState.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { WorkerPool } from './WorkerPool.ts';

const WITHIN_MS = 60_000;
const script = fileURLToPath(new URL('../testing/poolWorker.ts', import.meta.url));

function poolOf(t: TestContext, kind: 'sound' | 'frail' | 'stillborn') {
  process.env.POOL_WORKER = kind;
  cluster.setupPrimary({ exec: script, args: [], execArgv: [] });
  const failed = Promise.withResolvers<Error>();
  const missing: (string | undefined)[] = [];
  const pool: WorkerPool = new WorkerPool({
    count: 2,
    port: 1,
    adminPort: 2,
    state: new ServingState(),
    log: memoryLogger([]),
    onChange: () => missing.push(pool.missingWorkers),
    onFailure: failed.resolve,
  });
  t.after(() => pool.stop(1_000));
  return { pool, missing, failure: failed.promise, start: () => pool.start(t.signal) };
}

/** Process ids of the workers that answered, by their numbers. */
function pidsIn(text: string): Map<string, number> {
  const found = text.matchAll(/^up\{worker="(\d)",pid="(\d+)"\} 1$/gm);
  return new Map([...found].map(([, worker = '', pid]) => [worker, Number(pid)]));
}

test('a worker that dies is replaced, and the instance is short of one until then', async (t) => {
  const { pool, missing, start } = poolOf(t, 'sound');
  assert.deepEqual(await start(), ['a.A']);
  assert.equal(pool.missingWorkers, undefined);
  const before = pidsIn(await pool.metrics(''));
  assert.deepEqual([...before.keys()], ['1', '2']);
  const victim = before.get('2') ?? Number.NaN;

  process.kill(victim, 'SIGKILL');
  await eventually(async () => {
    assert.notEqual(pidsIn(await pool.metrics('')).get('2') ?? victim, victim);
  }, WITHIN_MS);
  assert.equal(pool.missingWorkers, undefined);
  assert.equal(pool.notReadyReason, undefined);
  assert.ok(missing.includes('1 of 2 workers serve'), String(missing));
  assert.equal(pidsIn(await pool.metrics('')).get('1'), before.get('1'));
});

test('a worker that keeps dying is given up', async (t) => {
  const { pool, failure, start } = poolOf(t, 'frail');
  await start();
  const { message } = await failure;
  assert.match(message, /worker [12] died 5 times in a row/);
  assert.equal(pool.notReadyReason, message);
});

test('a worker that cannot start is not tried again', async (t) => {
  const { start } = poolOf(t, 'stillborn');
  await assert.rejects(start(), /worker [12] ended with 3 before it served/);
});

test('no worker outlives the pool', async (t) => {
  const { pool, start } = poolOf(t, 'sound');
  await start();
  const running = pidsIn(await pool.metrics(''));
  assert.equal(running.size, 2);
  await pool.stop(1_000);
  assert.deepEqual([...running.values()].filter(isRunning), []);
});

test('no worker outlives a primary process that is killed', async (t) => {
  const primary = fork(script, { env: { ...process.env, POOL_WORKER: 'sound' }, execArgv: [] });
  t.after(() => primary.kill('SIGKILL'));
  const [text] = await once(primary, 'message');
  const running = [...pidsIn(text).values()];
  assert.equal(running.length, 2);
  assert.ok(running.every(isRunning));
  primary.kill('SIGKILL');
  await eventually(() => assert.deepEqual(running.filter(isRunning), []), WITHIN_MS);
});

/** Whether a process runs: one that has ended, and nobody has waited for yet, does not. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
