import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { followPage } from './support/followPage.ts';
import { get } from './support/rest.ts';
import { TestMesh } from './support/TestMesh.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['graphql', 'feed', 'identity', 'analytics'] });
});
after(() => mesh?.stop());

const SUBSCRIPTION = 'subscription { watchChain(product: "WEFT") { chain { product sequence } } }';

// biome-ignore lint/suspicious/noExplicitAny: JSON, looked at field by field.
async function ask(query: string, headers: Readonly<Record<string, string>> = {}): Promise<any> {
  const response = await fetch(`${mesh.edge}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

test('who follows docs/graphql.md is answered and refused as it says', async () => {
  const calls = await followPage(mesh, 'docs/graphql.md');
  assert.ok(calls.length > 10);
});

test('the same question has the same answer by REST, gRPC and GraphQL', async () => {
  const fields = `symbol displayName kind currencyCode tickSize contractMultiplier rate dividendYield
    tradingHours { timeZone }`;
  const { data, errors, extensions } = await ask(
    `{ getProduct(product: "WEFT") { product { ${fields} } } }`,
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.equal(extensions.calls, 1);
  const rest = await get(`${mesh.edge}/v1/products/WEFT`);
  const method = 'market.v1.OptionMarketService/GetProduct';
  const grpc = JSON.parse(await mesh.steer('call', method, '{"product": "WEFT"}'));
  for (const { product } of [rest.body, grpc]) {
    const { tradingHours, ...others } = data.getProduct.product;
    assert.equal(product.tradingHours.timeZone, tradingHours.timeZone);
    const same = Object.keys(others).map((name) => [name, product[name]]);
    assert.deepEqual(Object.fromEntries(same), others);
  }
});

test('stock clients follow a chain by server-sent events and by a WebSocket, and are refused what is not theirs', async () => {
  const url = `${mesh.edge}/graphql`;
  const events = createEventClient({ url, retryAttempts: 0 });
  const sockets = createSocketClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  for (const client of [events, sockets]) {
    const chains: number[] = [];
    for await (const { data } of client.iterate<{ watchChain: { chain: { sequence: string } } }>({
      query: SUBSCRIPTION,
    })) {
      chains.push(Number(data?.watchChain.chain.sequence));
      if (chains.length === 2) break;
    }
    assert.ok(Number(chains[0]) < Number(chains[1]), String(chains));
    const inbox = client.iterate({ query: 'subscription { watchInbox { unreadCount } }' });
    const { value } = await inbox.next();
    assert.equal(value?.errors?.[0]?.extensions?.reason, 'PRINCIPAL_REQUIRED');
  }
  events.dispose();
  await sockets.dispose();
  // As the page has it, who has made the account.
  const login = 'login(email: "ada@example.org", password: "a quiet harbour") { accessToken }';
  const { accessToken } = (await ask(`mutation { ${login} }`)).data.login;
  const own = createSocketClient({
    ...{ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 },
    connectionParams: { authorization: `Bearer ${accessToken}` },
  });
  const me = own.iterate({ query: '{ getUser(userId: "me") { user { email } } }' });
  assert.deepEqual((await me.next()).value?.data, {
    getUser: { user: { email: 'ada@example.org' } },
  });
  await own.dispose();
  const forged = createSocketClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: 'Bearer forged' },
  });
  await assert.rejects(forged.iterate({ query: SUBSCRIPTION }).next(), { code: 4403 });
});

test('what is asked of a service that is away is missing alone', async () => {
  const query = '{ listAssets { assets { last } } listProducts { products { symbol } } }';
  assert.ok((await ask(query)).data.listAssets.assets.length > 0);
  await mesh.stopProcess('analytics');
  const { data, errors } = await ask(query);
  assert.equal(data.listAssets, null);
  assert.equal(data.listProducts.products.length, 3);
  assert.deepEqual(
    errors.map(({ path, extensions }: never) => [Object(path)[0], Object(extensions).code]),
    [['listAssets', 'UNAVAILABLE']],
  );
});
