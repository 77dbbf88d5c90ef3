import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { openHome } from '../settings/openHome.ts';
import { assertPassing } from './assertPassing.ts';

test('a mesh that waits for many services asks Consul once for all, and again when something has changed', async (t) => {
  const asked: string[] = [];
  let answer: () => void = () => {};
  const checks = ['a', 'b'].map((name) => ({
    ServiceID: `${name}-1`,
    Status: 'critical',
    Output: 'not ready\nat all',
  }));
  const consul = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer = () =>
      response
        .setHeader('x-consul-index', '7')
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(checks));
    if (!request.url?.includes('index=')) answer();
  });
  const folders = await openHome(await mkdtemp(join(tmpdir(), 'weft-checks-')));
  const { home } = folders;
  await new Promise<void>((resolve) => consul.listen(folders.socketOf('consul'), resolve));
  t.after(async () => {
    consul.closeAllConnections();
    consul.close();
    await rm(home, { recursive: true });
  });
  const settings = { home, insecure: true } as unknown as MeshSettings;
  const { signal } = new AbortController();
  const ask = () =>
    Promise.allSettled(['a', 'b', 'c'].map((name) => assertPassing(settings, name, signal))).then(
      (all) => all.map((each) => (each.status === 'rejected' ? each.reason.message : 'passing')),
    );
  const critical = 'is critical in Consul: not ready';
  assert.deepEqual(await ask(), [critical, critical, 'has not registered in Consul yet']);
  assert.deepEqual(asked, ['/v1/health/state/any']);

  const next = ask();
  while (asked.length < 2) await new Promise(setImmediate);
  assert.equal(asked[1], '/v1/health/state/any?index=7&wait=1s');
  for (const check of checks) check.Status = 'passing';
  checks.push({ ServiceID: 'c-1', Status: 'passing', Output: '' });
  answer();
  assert.deepEqual(await next, ['passing', 'passing', 'passing']);

  // Nobody waits any more.
  await ask();
  assert.deepEqual(asked.slice(2), ['/v1/health/state/any']);
});
