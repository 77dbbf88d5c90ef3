import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { marker } from '@weft/mesh/local';
import { execa } from 'execa';
import { endMeshProcesses, findMeshProcesses } from './meshProcesses.ts';

function start(home: string, code: string) {
  const env = { [marker]: home };
  return execa(process.execPath, ['-e', `${code}; console.log('up')`], { env, reject: false });
}

const forever = 'setInterval(() => {}, 1000)';
const deaf = `process.on('SIGTERM', () => {}); ${forever}`;

test('finds the processes of one folder and of no other', async () => {
  const home = `/tmp/weft-sweep-${process.pid}`;
  const mine = start(home, forever);
  const other = start(`${home}2`, forever);
  try {
    // Together: a line that comes while another is awaited would be missed.
    await Promise.all([mine, other].map((child) => once(child.stdout, 'data')));
    assert.deepEqual(
      (await findMeshProcesses(home)).map(({ pid }) => pid),
      [mine.pid],
    );
    await endMeshProcesses(home);
    assert.equal((await mine).signal, 'SIGTERM');
    assert.equal(other.exitCode, null);
  } finally {
    mine.kill('SIGKILL');
    other.kill('SIGKILL');
  }
});

test('kills those that do not listen', async () => {
  const home = `/tmp/weft-deaf-${process.pid}`;
  const child = start(home, deaf);
  try {
    await once(child.stdout, 'data');
    await endMeshProcesses(home, 300);
    assert.equal((await child).signal, 'SIGKILL');
    assert.deepEqual(await findMeshProcesses(home), []);
  } finally {
    child.kill('SIGKILL');
  }
});
