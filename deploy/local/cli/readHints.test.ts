import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readHints } from './readHints.ts';

test('who runs the mesh is told what services have left for him, and nothing of what is gone', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'weft-hints-'));
  t.after(() => rm(home, { recursive: true }));
  await writeFile(join(home, 'token'), 'secret\n');
  const hints = [
    { text: 'First administrator', file: 'token' },
    { text: 'Gone', file: 'data/gone' },
  ];
  assert.deepEqual(await readHints([{ hints }, { hints: [] }], home), [
    'First administrator: secret',
  ]);
});
