import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BenchMesh } from './BenchMesh.ts';

test('a suite has the services that it measures beside it, and none that another has left', async () => {
  const progress = { report: () => {}, signal: AbortSignal.timeout(300_000) };
  await using mesh = await BenchMesh.start(progress);
  assert.deepEqual(mesh.services, []);
  await mesh.serve(['trading'], progress);
  // With what it calls.
  assert.deepEqual(mesh.services, ['analytics', 'trading']);
  await mesh.serve(['documents'], progress);
  assert.deepEqual(mesh.services, ['documents']);
  assert.ok((await mesh.pid('documents')) > 0);
  await assert.rejects(mesh.pid('trading'), /trading does not run/);
});
