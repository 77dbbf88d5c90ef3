import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { TestConsul } from './TestConsul.ts';

test('a Consul whose port is taken says so, so that a test can start it with another', async (t) => {
  const consul = await TestConsul.prepare();
  t.after(() => consul.stop());
  const other = createServer().listen(Number(new URL(consul.client.address).port), '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  await assert.rejects(consul.run(), /Consul ended with 1: .*address already in use/s);
});
