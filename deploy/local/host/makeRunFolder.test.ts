import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRunFolder } from './makeRunFolder.ts';

test('what a killed run of tests has left behind goes with the next, and nothing of one that goes on', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'weft-runs-'));
  t.after(() => rm(parent, { recursive: true }));
  const ended = spawn('true');
  await once(ended, 'exit');
  const kept = [`weft-run-${process.ppid}`, 'weft-run-else', 'other'];
  for (const name of [`weft-run-${ended.pid}`, ...kept]) {
    await mkdir(join(parent, name, 'weft-test-1'), { recursive: true });
    await writeFile(join(parent, name, 'weft-test-1', 'file'), '');
  }
  const folder = await makeRunFolder(parent);
  assert.deepEqual(await readdir(folder), []);
  const names = [...kept, `weft-run-${process.pid}`].sort();
  assert.deepEqual((await readdir(parent)).sort(), names);
});
