import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, isFree } from './freePort.ts';

test('a free port is one that can be listened on, outside those of outgoing connections', async (t) => {
  const port = await freePort();
  assert.ok(port >= 20_000 && port < 32_000);
  assert.equal(await isFree(port), true);
  const server = createServer().listen(port);
  t.after(() => server.close());
  await once(server, 'listening');
  assert.equal(await isFree(port), false);
});
