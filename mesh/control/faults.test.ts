import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import type { TestConsul } from '../testing/TestConsul.ts';
import type { Status } from './admin/Status.ts';
import { type EchoMesh, startEchoMesh } from './testing/startEchoMesh.ts';

const OK = 0;
const DATA_LOSS = 15;
const DELAY_MS = 400;

describe('faults on purpose, in stock grpc-js processes', { timeout: 120_000 }, () => {
  let mesh: EchoMesh;
  let consul: TestConsul;

  before(async () => {
    mesh = await startEchoMesh();
    ({ consul } = mesh);
  });
  after(() => mesh?.stop());

  const call = (headers: Record<string, string> = {}) =>
    mesh.client.call('echo', undefined, undefined, headers);
  const becomes = (code: number, headers?: Record<string, string>) =>
    eventually(async () => assert.equal((await call(headers)).code, code), 30_000);
  const write = (fault: unknown) => consul.client.write('/kv/weft/faults/echo', fault);

  test('an abort has its code, and is over when it is taken away', async () => {
    await write({ abort: { percent: 100, code: 'DATA_LOSS' } });
    await becomes(DATA_LOSS);
    await consul.client.remove('/kv/weft/faults/echo');
    await becomes(OK);
  });

  test('a delay is waited out', async () => {
    await write({ delay: { percent: 100, duration: `${DELAY_MS}ms` } });
    await eventually(async () => {
      const started = performance.now();
      assert.equal((await call()).code, OK);
      assert.ok(performance.now() - started >= DELAY_MS - 5, 'not delayed');
    }, 30_000);
  });

  test('a fault for some headers leaves all other calls alone', async () => {
    const headers = [{ name: 'x-tester', regex: 'ann|bob' }];
    await write({ abort: { percent: 100, code: 'DATA_LOSS' }, headers });
    await becomes(DATA_LOSS, { 'x-tester': 'bob' });
    for (const others of [{}, { 'x-tester': 'annabel' }, { 'x-other': 'bob' }]) {
      assert.equal((await call(others)).code, OK, JSON.stringify(others));
    }
  });

  test('half of the calls means half of the calls', async () => {
    await write({ abort: { percent: 50, code: 'DATA_LOSS' } });
    await becomes(DATA_LOSS);
    const calls = await Promise.all(Array.from({ length: 400 }, () => call()));
    const aborted = calls.filter(({ code }) => code === DATA_LOSS).length;
    // Twelve standard deviations wide.
    assert.ok(aborted > 80 && aborted < 320, `${aborted} of 400`);
  });

  test('a fault that cannot be read is off, and the status names it', async () => {
    await write({ abort: { percent: 100, code: 'NO_SUCH_CODE' } });
    const status = await eventually(async () => {
      const answer = (await (await fetch(`${mesh.control.adminUrl}/status`)).json()) as Status;
      assert.match(answer.faults[0]?.refused ?? '', /code/);
      return answer;
    }, 30_000);
    assert.equal(status.faults[0]?.fault, undefined);
    await eventually(async () => {
      const calls = await Promise.all(Array.from({ length: 20 }, () => call()));
      assert.ok(calls.every(({ code }) => code === OK));
    }, 30_000);
  });
});
