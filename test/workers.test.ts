import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type EchoCall, WorkersRig } from './support/WorkersRig.ts';
import { waitFor } from './support/waitFor.ts';

/** Enough that no worker is left out when connections are dealt out in turn. */
const CALLS = 6;
const WITHIN_MS = 240_000;

let rig: WorkersRig;
let primary: ChildProcess;

before(async () => {
  rig = await WorkersRig.start();
  primary = await rig.startService();
});
after(() => rig?.stop());

const callAll = () => Promise.all(Array.from({ length: CALLS }, () => rig.call('now')));

/** The processes that serve calls now. */
async function workers(): Promise<Set<number>> {
  const calls = await callAll();
  return new Set(await Promise.all(calls.map(({ servedBy }) => servedBy)));
}

test('calls reach both workers of an instance that is registered once', async () => {
  const serving = await workers();
  assert.equal(serving.size, 2);
  assert.ok(!serving.has(primary.pid ?? 0));
  assert.deepEqual(
    (await rig.entries()).map(({ Service }) => Service.ID),
    ['bench-echo-1'],
  );
  assert.deepEqual(readdirSync(join(rig.home, 'identity')), ['bench-echo-1']);
});

test('one page has the metrics of all workers', async () => {
  const lines = (await (await rig.admin('metrics')).text()).split('\n');
  for (const worker of ['1', '2']) {
    const started = lines.find(
      (line) =>
        line.startsWith('grpc_server_call_started_total{') && line.includes(`worker="${worker}"`),
    );
    assert.ok(Number(started?.split(' ')[1]) > 0, `worker ${worker}: ${started}`);
  }
  assert.ok(lines.some((line) => line.startsWith('weft_identity_expiry{')));
  assert.equal(lines.filter((line) => line === '# TYPE target_info gauge').length, 1);
});

test('a deny takes effect in every worker', async () => {
  await rig.consul.intend('bench-echo', { cli: 'deny' });
  await waitFor('all to deny', async () => {
    const ends = await Promise.all((await callAll()).map(({ ended }) => ended));
    return ends.every((code) => code === status.PERMISSION_DENIED);
  });
  await rig.consul.intend('bench-echo', { cli: 'allow' });
  await waitFor('all to allow', async () => (await workers()).size === 2);
});

test('a worker that is killed is replaced, and the registration outlives it', async () => {
  const before = await rig.entries();
  const [victim = 0, survivor = 0] = await workers();
  const states = new Set<string>();
  process.kill(victim, 'SIGKILL');
  await waitFor(
    'another worker in its place',
    async () => {
      for (const { Checks } of await rig.entries()) {
        for (const { Status } of Checks) states.add(Status);
      }
      const now = await workers();
      return now.size === 2 && now.has(survivor) && !now.has(victim);
    },
    WITHIN_MS,
  );
  assert.ok(!states.has('critical'), [...states].join());
  await waitFor('all of it to be ready', async () => (await rig.admin('ready')).status === 200);
  const indices = (entries: typeof before) => entries.map(({ Service }) => Service.CreateIndex);
  assert.deepEqual(indices(await rig.entries()), indices(before));
});

test('SIGTERM lets the calls of all workers end, and ends them all', async () => {
  const held: EchoCall[] = [];
  const holders = new Set<number>();
  await waitFor('a call under way at each', async () => {
    const call = await rig.call('held');
    held.push(call);
    holders.add(await call.servedBy);
    return holders.size === 2;
  });
  const exited = once(primary, 'exit');
  primary.kill('SIGTERM');
  const ends = await Promise.all(held.map(({ ended }) => ended));
  assert.deepEqual([...new Set(ends)], [status.OK]);
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(await rig.entries(), []);
  for (const pid of holders) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
