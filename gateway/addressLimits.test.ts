import assert from 'node:assert/strict';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { Contracts } from '@weft/mesh/contracts';
import { limits } from './limits.ts';
import { StaticEdge } from './testing/StaticEdge.ts';
import { PAGE_ORIGIN } from './testing/staticRoutes.ts';

const REQUESTS = 12;

suite('An edge whose manifests limit what one address asks of some paths together', () => {
  let edge: StaticEdge;

  before(async () => {
    const of = { counter: 'api', requests: REQUESTS, seconds: 900 };
    edge = await StaticEdge.start(
      Contracts.load(),
      {},
      {
        addressLimits: [
          { ...of, paths: ['/v1/assets', '/v1/feeds'] },
          { ...of, paths: ['/v1/market-data'] },
        ],
      },
    );
  });
  after(() => edge?.stop());

  const call = (
    localAddress: string,
    path: string,
    options: { method?: string; headers?: Record<string, string> } = {},
    body?: string,
  ) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request(edge.url + path, { localAddress, agent: false, ...options }, (response) => {
        response.resume();
        resolve(response);
      })
        .on('error', reject)
        .end(body);
    });

  test('counts them by one counter before it looks at tokens, bodies and methods, and says when to come again', async () => {
    const address = '127.0.0.5';
    const statuses = new Set<number | undefined>();
    const paths = [
      '/v1/assets/A/summary',
      '/v1/assets/A:watch',
      '/v1/assets/BTC%2FUSD/summary',
      '/v1/assets/none/of/these',
      '/v1/feeds',
    ];
    for (let count = 0; count < REQUESTS; count++) {
      const path = paths[count % paths.length] ?? '';
      const post = { method: 'POST', headers: { authorization: 'Bearer x.y.z' } };
      const { statusCode } =
        count % 6 === 5
          ? await call(address, '/v1/market-data', post, '{"nonsense":1}')
          : await call(address, path);
      statuses.add(statusCode);
    }
    assert.deepEqual(statuses, new Set([200, 404, 401, 400]));
    edge.server.received.length = 0;
    for (const path of [...paths, '/v1/assets', '/v1/assets?page_size=1', '/v1/market-data']) {
      const refused = await call(address, path, { headers: { origin: PAGE_ORIGIN } });
      assert.equal(refused.statusCode, 429, path);
      assert.equal(refused.headers['retry-after'], '75');
      assert.equal(refused.headers['content-type'], 'application/json');
      assert.equal(refused.headers['access-control-allow-origin'], PAGE_ORIGIN);
    }
    assert.deepEqual(edge.server.received, []);
    assert.equal((await call('127.0.0.6', '/v1/assets/A/summary')).statusCode, 200);
  });

  test('does not count what only begins alike, what is elsewhere, and a page that asks whether it may call', async () => {
    const address = '127.0.0.7';
    const preflight = {
      method: 'OPTIONS',
      headers: { origin: PAGE_ORIGIN, 'access-control-request-method': 'GET' },
    };
    for (let count = 0; count < REQUESTS; count++) {
      assert.equal((await call(address, '/v1/assetsale')).statusCode, 404);
      assert.equal((await call(address, '/v1/nothing')).statusCode, 404);
      assert.equal((await call(address, '/v1/assets', preflight)).statusCode, 200);
    }
    for (let count = 0; count < REQUESTS; count++) {
      assert.equal((await call(address, '/v1/assets/A/summary')).statusCode, 200);
    }
    assert.equal((await call(address, '/v1/assets/A/summary')).statusCode, 429);
  });
});

test('whoever tries credentials is refused after so many, and others by theirs are not', async (t) => {
  const edge = await StaticEdge.start(Contracts.load());
  t.after(() => edge.stop());
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  t.after(() => agent.destroy());
  const guess = (localAddress: string, name: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { localAddress, agent, headers: { [name]: `Bearer ${Math.random()}` } };
      get(`${edge.url}/v1/feeds`, options, (response) => {
        response.resume();
        resolve(response);
      }).on('error', reject);
    });
  const statuses = new Map<number | undefined, number>();
  let refused: IncomingMessage | undefined;
  const started = performance.now();
  while (!refused) {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        guess('127.0.0.1', n % 2 ? 'authorization' : 'x-api-key'),
      ),
    );
    for (const answer of answers) {
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      if (answer.statusCode === 429) refused = answer;
    }
  }
  const seconds = (performance.now() - started) / 1_000;
  assert.equal(refused.headers['retry-after'], '1');
  assert.deepEqual([...statuses.keys()].toSorted(), [401, 429]);
  const tried = statuses.get(401) ?? 0;
  assert.ok(tried >= limits.credentialsAtOnce, `${tried}`);
  assert.ok(tried <= limits.credentialsAtOnce + limits.credentialsPerSecond * (seconds + 1));
  assert.equal((await guess('127.0.0.2', 'authorization')).statusCode, 401);
});
