import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { Contracts, isOpen } from '@weft/mesh/contracts';
import { limits } from './limits.ts';
import { StaticEdge } from './testing/StaticEdge.ts';
import { withAccess } from './testing/withAccess.ts';

const SEND = '/market.v1.MarketDataService/SendMarketData';
const SUMMARY = '/market.v1.AnalyticsService/GetAssetSummary';
const contracts = Contracts.load();
const POSTS = 800;
const AT_ONCE = 40;

suite('An edge whom one address sends bodies that are hard to read', () => {
  let edge: StaticEdge;
  before(async () => {
    // What the guest reads is not what is limited here.
    const rateLimit = { requests: 100_000, per: { seconds: 1n } };
    edge = await StaticEdge.start(withAccess(contracts, { [SUMMARY]: { rateLimit } }));
  });
  after(() => edge?.stop());

  /** The status of a call from this address. */
  function call(localAddress: string, agent: Agent, path: string, body?: string): Promise<number> {
    const method = body === undefined ? 'GET' : 'POST';
    return new Promise((resolve, reject) => {
      request(`${edge.url}${path}`, { method, localAddress, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end(body);
    });
  }

  test('reads no more of them than one address may send, and serves others all the while', async (t) => {
    // Each name has to be looked at until, at the end, it is no JSON.
    const body = `{"assetSymbol":[${'{"":1},'.repeat(1_000)}{}]},`;
    const attackers = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const guests = new Agent({ keepAlive: true });
    const started = performance.now();
    const statuses: number[] = [];
    let isOver = false;
    const guest = (async () => {
      const answers: number[] = [];
      while (!isOver) answers.push(await call('127.0.0.9', guests, '/v1/assets/A/summary'));
      return answers;
    })();
    const attack = Array.from({ length: AT_ONCE }, async () => {
      while (statuses.length < POSTS) {
        statuses.push(await call('127.0.0.1', attackers, '/v1/market-data', body));
      }
    });
    await Promise.all(attack);
    isOver = true;
    const answers = await guest;
    const seconds = (performance.now() - started) / 1_000;
    const other = await call('127.0.0.9', guests, '/v1/market-data', '{"price":1}');
    attackers.destroy();
    guests.destroy();
    const count = (status: number) => statuses.filter((one) => one === status).length;
    t.diagnostic(`${count(400)} read, ${count(429)} refused; ${answers.length} calls of the guest`);
    assert.ok(answers.length > 0);
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal(other, 200);
    assert.equal(count(400) + count(429), statuses.length);
    const atOnce = Math.max(
      limits.bodiesAtOnce,
      ...contracts.methods
        .filter((method) => isOpen(method) && method.http.some(({ body }) => body !== ''))
        .map(({ rateLimit }) => rateLimit.requests),
    );
    assert.ok(count(400) <= atOnce + limits.bodiesPerSecond * (seconds + 1));
    assert.ok(count(429) > 0);
  });
});

suite('An edge of a contract that lets bodies be larger', () => {
  let edge: StaticEdge;
  before(async () => {
    edge = await StaticEdge.start(
      withAccess(Contracts.load(), { [SEND]: { maxRequestBytes: 1_000_000 } }),
    );
  });
  after(() => edge?.stop());

  test('takes them as large as that, and no larger', async () => {
    const post = async (bytes: number) => {
      const body = JSON.stringify({ assetSymbol: 'A'.repeat(bytes) });
      return (await fetch(`${edge.url}/v1/market-data`, { method: 'POST', body })).status;
    };
    assert.equal(await post(990_000), 200);
    assert.equal(await post(1_000_001), 413);
  });
});

test('a contract cannot let bodies be larger than a gRPC server takes', () => {
  const larger = { [SEND]: { maxRequestBytes: 5_000_000 } };
  assert.throws(
    () => withAccess(Contracts.load(), larger).methods,
    /SendMarketData: max_request_bytes: 5000000 is above 4194304/,
  );
});
