import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { followPage } from './support/followPage.ts';
import { TestMesh } from './support/TestMesh.ts';

let mesh: TestMesh;
before(async () => {
  mesh = await TestMesh.start({ only: ['identity'] });
});
after(() => mesh?.stop());

test('who follows docs/identity.md signs in, is let in and is refused as it says', async () => {
  const calls = await followPage(mesh, 'docs/identity.md');
  assert.ok(calls.length > 40);
});

test('no secret of those calls is in a log', async () => {
  const { stdout } = await execa('sh', ['-c', 'cat "$1"/*', 'sh', join(mesh.home, 'logs')]);
  assert.match(stdout, /identity/);
  for (const secret of [/a quiet harbour/, /weft_[0-9a-f]{64}/, /eyJ[\w-]+\.eyJ/, /\$argon2id/]) {
    assert.doesNotMatch(stdout, secret);
  }
});
