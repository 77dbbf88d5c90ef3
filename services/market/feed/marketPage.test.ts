import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HttpTestServer } from '../../../mesh/runtime/testing/HttpTestServer.ts';
import { marketPage } from './marketPage.ts';

let server: HttpTestServer;
before(async () => {
  server = await HttpTestServer.start([await marketPage()]);
});
after(() => server.stop());

test('the page of the market loads all that it needs from here, and may load nothing from elsewhere', async () => {
  const page = await server.ask('/market');
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.doesNotMatch(page.body, /<script>|<style|\son[a-z]+=|\sstyle=/);
  const found = new Set(['/market/', '/market/index.html']);
  const wanted = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
  // And what the modules import.
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const { status, body, headers } = await server.ask(path);
    assert.deepEqual([status, headers['x-content-type-options']], [200, 'nosniff'], path);
    for (const [, name] of body.matchAll(/^import .* from '\.\/(.+)';$/gm)) {
      wanted.push(`/market/${name}`);
    }
  }
  assert.equal(found.size, 8);
  assert.equal((await server.ask('/market/README.md')).status, 404);
});
