import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { Contracts, isOpen } from '@weft/mesh/contracts';
import { ConsulClient } from '../mesh/consul/index.ts';
import { publishKeys } from '../mesh/testing/publishTrust.ts';
import { TestIdentity } from '../mesh/testing/TestIdentity.ts';
import { EdgeRig } from './support/EdgeRig.ts';
import { callUnary, callWeb } from './support/outsideCalls.ts';
import { waitFor } from './support/waitFor.ts';

const ASSETS = '/market.v1.AnalyticsService/ListAssets';
const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const USER = 3;

/** The holder of a token that holds, who calls all the time. */
class Holder {
  token: string;
  readonly answers: number[] = [];
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(token: string, call: (token: string) => Promise<number>) {
    this.token = token;
    this.#done = this.#repeat(call);
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #repeat(call: (token: string) => Promise<number>): Promise<void> {
    while (!this.#isOver) {
      this.answers.push(await call(this.token));
      await sleep(20);
    }
  }
}

suite('What changes while the edge runs', { timeout: 180_000 }, () => {
  let rig: EdgeRig;
  let identity: TestIdentity;
  let consul: ConsulClient;

  before(async () => {
    identity = await TestIdentity.create();
    rig = await EdgeRig.start({ policies: { [ASSETS]: { access: USER } }, identity });
    consul = new ConsulClient({ address: rig.environment.CONSUL_HTTP_ADDR ?? '', token: '' });
  });
  after(async () => {
    await rig?.stop();
  });

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const signal = AbortSignal.timeout(30_000);
    const response = await fetch(rig.url + path, { headers, signal });
    const body = (await response.json()) as { code?: number; message?: string };
    return { status: response.status, body };
  };
  const show = async (token: string) =>
    (await get('/v1/assets', { authorization: `Bearer ${token}` })).status;

  test('a key published anew is taken, a removed one refused, and holders of good tokens notice nothing', async () => {
    const old = await identity.access();
    await waitFor('the first key', async () => (await show(old)) === 200);
    const holder = new Holder(await identity.access(), show);
    try {
      const following = await TestIdentity.create();
      await publishKeys(consul, identity, following);
      const next = await following.access();
      await waitFor('the new key', async () => (await show(next)) === 200);
      assert.equal(await show(old), 200, 'the old key holds beside the new one');
      holder.token = await following.access();
      await publishKeys(consul, following);
      await waitFor('the old key to be refused', async () => (await show(old)) === 401);
      for (let call = 0; call < 20; call++) assert.equal(await show(old), 401);
      await waitFor('calls of the holder', () => holder.answers.length > 20);
    } finally {
      await holder.leave();
    }
    const failed = holder.answers.filter((answer) => answer !== 200);
    assert.deepEqual(failed, []);
  });

  const summary = (headers: Record<string, string> = {}) => get('/v1/assets/A/summary', headers);
  const inject = (fault: object) => consul.write('/kv/weft/faults/analytics', fault);
  const healed = () =>
    waitFor('the fault to be gone', async () => (await summary()).status === 200);

  test('an abort on purpose meets REST, gRPC and gRPC-Web alike, and is over when it is taken away', async () => {
    await inject({ abort: { percent: 100, code: 'UNAVAILABLE' } });
    const refused = await waitFor('the abort', async () => {
      const answer = await summary();
      return answer.status !== 200 && answer;
    });
    assert.deepEqual([refused.status, refused.body.code], [503, status.UNAVAILABLE]);
    assert.deepEqual(await callUnary(rig.port, SUMMARY), {
      code: status.UNAVAILABLE,
      message: 'fault filter abort',
    });
    assert.equal((await callWeb(rig.url, SUMMARY)).code, status.UNAVAILABLE);
    await consul.remove('/kv/weft/faults/analytics');
    await healed();
  });

  test('a fault for some headers leaves all other calls alone, and nobody gets in by it', async () => {
    const headers = [{ name: 'x-tester', exact: 'on' }];
    await inject({ abort: { percent: 100, code: 'NOT_FOUND' }, headers });
    const tester = { 'x-tester': 'on' };
    await waitFor('the abort', async () => (await summary(tester)).status === 404);
    assert.equal((await summary()).status, 200);
    assert.equal((await summary({ 'x-tester': 'off' })).status, 200);
    assert.equal((await get('/v1/assets', tester)).status, 401);
    await consul.remove('/kv/weft/faults/analytics');
    await waitFor('the fault to be gone', async () => (await summary(tester)).status === 200);
  });

  test('a delay on purpose is waited out', async () => {
    await inject({ delay: { percent: 100, duration: '400ms' } });
    await waitFor('the delay', async () => {
      const started = performance.now();
      assert.equal((await summary()).status, 200);
      return performance.now() - started >= 395;
    });
    await consul.remove('/kv/weft/faults/analytics');
  });

  test('a load balancer learns whether the edge has anywhere to send calls', async () => {
    const health = async () => {
      const response = await fetch(`${rig.url}/health?from=balancer`);
      const said = (await response.json()) as Record<string, unknown>;
      return { said, code: response.status };
    };
    const asked = Date.now();
    const first = await health();
    const { uptime, timestamp, ...said } = first.said;
    // Nothing serves the others here.
    const open = Contracts.load().methods.filter(isOpen);
    const checks = Object.fromEntries(
      open.map(({ meshService }) => [meshService, meshService === 'analytics' ? 'ok' : 'down']),
    );
    assert.equal(first.code, 200);
    assert.deepEqual(said, { status: 'degraded', service: 'gateway', checks });
    assert.ok(Number.isInteger(uptime) && Number(uptime) < 180, String(uptime));
    assert.ok(Number(timestamp) >= asked && Number(timestamp) <= Date.now(), String(timestamp));
    assert.equal((await fetch(`${rig.url}/health`, { method: 'HEAD' })).status, 200);
    assert.equal((await fetch(`${rig.url}/health`, { method: 'POST' })).status, 405);
    for (let call = 0; call < 300; call++) assert.equal((await health()).code, 200);

    await rig.stopInstance('1');
    const down = await waitFor('the edge to be taken out', async () => {
      const answer = await health();
      return answer.code === 503 && answer;
    });
    assert.equal(down.said.status, 'down');
    assert.deepEqual(down.said.checks, { ...checks, analytics: 'down' });
    await rig.startInstance('1');
    await waitFor('the edge to be back', async () => (await health()).code === 200);
  });
});
