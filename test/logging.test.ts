import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { followPage } from './support/followPage.ts';
import { TestMesh } from './support/TestMesh.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['identity', 'logging'] });
});
after(() => mesh?.stop());

test('who follows docs/logging.md finds a line by the trace of a call through the edge', async () => {
  const calls = await followPage(mesh, 'docs/logging.md');
  assert.ok(calls.length > 15);
});

test('what is logged can be read by nobody else on the machine', async () => {
  const { victoriaLogs } = mesh.ports;
  const answer = await fetch(`http://127.0.0.1:${victoriaLogs}/select/logsql/query?query=*`);
  assert.equal(answer.status, 401);
  const folders = ['victoria-logs', 'secrets', 'data/logging'];
  for (const folder of folders) {
    assert.equal((await stat(join(mesh.home, folder))).mode & 0o077, 0, folder);
  }
  const { stdout: arguments_ } = await execa('ps', ['-eo', 'args']);
  const password = await readFile(join(mesh.home, 'secrets/victoria-logs'), 'utf8');
  assert.match(arguments_, /victoria-logs/);
  assert.ok(!arguments_.includes(password));
});
