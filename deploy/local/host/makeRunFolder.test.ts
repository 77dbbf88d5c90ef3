import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { makeRunFolder } from './makeRunFolder.ts';

test('what a killed run of tests has left behind goes with the next, and nothing of one that goes on', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'weft-runs-'));
  t.after(() => rm(parent, { recursive: true }));
  const ended = spawn('true');
  await once(ended, 'exit');
  const kept = [`weft-run-${process.ppid}-a`, 'weft-run-else', 'other'];
  for (const name of [`weft-run-${ended.pid}-a`, ...kept]) {
    await mkdir(join(parent, name, 'weft-test-1'), { recursive: true });
    await writeFile(join(parent, name, 'weft-test-1', 'file'), '');
  }
  const folder = await makeRunFolder(parent);
  assert.deepEqual(await readdir(folder), []);
  assert.deepEqual((await readdir(parent)).sort(), [...kept, basename(folder)].sort());
});

test('what somebody else has put under such a name is neither used nor removed', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'weft-runs-'));
  t.after(() => rm(parent, { recursive: true }));
  const ended = spawn('true');
  await once(ended, 'exit');
  const victim = join(parent, 'victim');
  await mkdir(victim);
  await writeFile(join(victim, 'file'), 'untouched');
  const planted = [`weft-run-${process.pid}`, `weft-run-${ended.pid}-a`];
  for (const name of planted) await symlink(victim, join(parent, name));

  const folder = await makeRunFolder(parent);
  assert.ok((await lstat(folder)).isDirectory());
  assert.deepEqual(await readdir(victim), ['file']);
  for (const name of planted) assert.ok((await lstat(join(parent, name))).isSymbolicLink());
});
