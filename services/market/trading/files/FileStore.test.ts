import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type RpcError, Status } from '@weft/mesh/runtime';
import { FileStore } from './FileStore.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/weft-files-');
});
afterEach(() => rm(folder, { recursive: true }));

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
const refused = ({ code }: RpcError) => code === Status.INVALID_ARGUMENT;

test('a file is named by its content, however it is cut', async () => {
  const store = await FileStore.open(folder);
  const fileId = createHash('sha256').update('abcdef').digest('hex');
  assert.deepEqual(await store.store(chunks('abc', 'def')), { fileId, sizeBytes: 6 });
  assert.deepEqual(await store.store(chunks('a', 'bcdef')), { fileId, sizeBytes: 6 });
  assert.equal(await readFile(store.pathOf(fileId), 'utf8'), 'abcdef');
  assert.deepEqual(await readdir(folder), [`${fileId}.csv`]);
});

test('nothing stays of a file that is too large, empty or broken off', async () => {
  const store = await FileStore.open(folder, 5);
  await assert.rejects(store.store(chunks('abc', 'def')), refused);
  await assert.rejects(store.store(chunks()), refused);
  await assert.rejects(store.store(brokenOff()), /the line went dead/);
  assert.deepEqual(await readdir(folder), []);
});
async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('abc');
  throw new Error('the line went dead');
}

test('what a killed process left of an upload is removed at the next start', async () => {
  const store = await FileStore.open(folder);
  const { fileId } = await store.store(chunks('kept'));
  await writeFile(path.join(folder, 'x.partial'), 'half');
  await FileStore.open(folder);
  assert.deepEqual(await readdir(folder), [`${fileId}.csv`]);
});
