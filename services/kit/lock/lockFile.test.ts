import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '@weft/mesh/testing/eventually';
import { spawnProgram } from '../../../mesh/testing/spawnProgram.ts';
import { lockFile } from './lockFile.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-lock-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const holder = fileURLToPath(new URL('../testing/holdLock.ts', import.meta.url));
const never = new AbortController().signal;

test('two processes do not hold it at the same time: the second waits, also for one that stands still, until the first is dead', async () => {
  const file = join(folder, 'of/two/lock');
  const first = spawnProgram([process.execPath, holder, file], {});
  try {
    const [line] = await once(createInterface(first.stdout), 'line');
    assert.equal(line, 'held');
    first.kill('SIGSTOP');
    let [waits, holds] = [0, false];
    const second = lockFile(file, { onWait: () => (waits += 1), signal: never, trySeconds: 1 });
    void second.then(() => {
      holds = true;
    });
    await eventually(() => waits === 1);
    assert.equal(holds, false);
    first.kill('SIGKILL');
    await using _lock = await second;
    assert.equal(waits, 1);
  } finally {
    first.kill('SIGKILL');
  }
});

test('who gives it up lets the next one in, and who waits can stop waiting', async () => {
  const file = join(folder, 'lock');
  const held = await lockFile(file, { onWait: assert.fail, signal: never });
  const stop = new AbortController();
  const waiting = lockFile(file, {
    onWait: () => stop.abort(new Error('enough')),
    signal: stop.signal,
  });
  await assert.rejects(waiting, /enough/);
  await held[Symbol.asyncDispose]();
  await using _next = await lockFile(file, { onWait: assert.fail, signal: never });
});

test('what cannot be locked says why', async () => {
  const options = { onWait: assert.fail, signal: never };
  await assert.rejects(lockFile(folder, options), { code: 'EISDIR' });
});
