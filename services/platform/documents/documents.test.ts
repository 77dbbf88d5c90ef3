import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HttpTestServer } from '../../../mesh/runtime/testing/HttpTestServer.ts';
import { handlers } from './handlers.ts';

let server: HttpTestServer;
before(async () => {
  server = await HttpTestServer.start(await handlers());
});
after(() => server.stop());

test('programs get the interface as OpenAPI, whole and by group', async () => {
  const whole = await server.ask('/openapi.json');
  assert.equal(whole.headers['content-type'], 'application/json');
  const { openapi, paths } = JSON.parse(whole.body);
  assert.equal(openapi, '3.1.0');
  assert.match(paths['/v1/assets'].get.description, /^All assets/, 'with the comments');
  const market = JSON.parse((await server.ask('/openapi/market.json')).body);
  assert.ok(market.paths['/v1/assets']);
  assert.equal((await server.ask('/openapi/shoes.json')).status, 404);
});

test('who has a document is told that it is the same', async () => {
  const { headers } = await server.ask('/openapi.json');
  const again = await server.ask('/openapi.json', { 'if-none-match': String(headers.etag) });
  assert.deepEqual([again.status, again.body], [304, '']);
  const head = await server.ask('/openapi.json', { ':method': 'HEAD' });
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.ok(Number(head.headers['content-length']) > 1_000);
  assert.equal((await server.ask('/openapi.json', { ':method': 'DELETE' })).status, 405);
});

test('the page loads what it needs from here, and may load nothing from elsewhere', async () => {
  const page = await server.ask('/docs');
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  assert.ok(!policy.includes('http'), policy);
  const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
  assert.ok(loaded.length >= 4);
  for (const url of loaded) {
    assert.match(url, /^\//);
    assert.equal((await server.ask(url)).status, 200, url);
  }
  assert.ok(!/<script>|onload=/.test(page.body), 'no script in the page itself');
});
