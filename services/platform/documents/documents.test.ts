import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Implementation } from '@weft/mesh/runtime';
import { ServerReflectionDefinition as V1 } from '@weft/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as V1Alpha } from '@weft/proto/grpc/reflection/v1alpha/reflection';
import { HttpTestServer } from '../../../mesh/runtime/testing/HttpTestServer.ts';
import { TestServer } from '../../../mesh/runtime/testing/TestServer.ts';
import { handlers } from './handlers.ts';

let server: HttpTestServer;
let reflection: readonly Implementation[];
before(async () => {
  const all = await handlers();
  server = await HttpTestServer.start(all.filter((each) => 'http' in each));
  reflection = all.filter((each) => 'service' in each);
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

test("who has no clone gets the open methods' contracts as a protoset", async () => {
  const response = await server.open('/protoset');
  const [headers] = await once(response, 'response');
  assert.equal(headers['content-type'], 'application/octet-stream');
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await buffer(response)));
  assert.ok(registry.getService('market.v1.AnalyticsService'));
  assert.equal(registry.getService('grpc.health.v1.Health'), undefined, 'which is not open');
});

test('tools that know either version of reflection see the open methods', async (t) => {
  for (const definition of [V1, V1Alpha]) {
    const own = reflection.find(({ service }) => service.fullName === definition.fullName);
    assert.ok(own);
    const reflecting = await TestServer.start(own);
    t.after(() => reflecting.stop());
    async function* questions() {
      yield { host: '', messageRequest: { $case: 'listServices' as const, value: '' } };
    }
    const client = reflecting.client(definition as typeof V1);
    for await (const { messageResponse } of client.serverReflectionInfo(questions())) {
      assert.equal(messageResponse?.$case, 'listServicesResponse');
      const names = messageResponse.value.service.map(({ name }) => name);
      assert.ok(names.includes('market.v1.AnalyticsService'));
      assert.ok(!names.includes('bench.v1.EchoService'), names.join());
    }
  }
});
