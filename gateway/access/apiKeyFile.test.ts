import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addApiKey, hashApiKey, removeApiKey } from './apiKeyFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-keys-'));
after(() => rmSync(folder, { recursive: true }));

test('the file of API keys lets nobody in who reads it: it holds hashes, and is closed to others', () => {
  const file = join(folder, 'new/keys');
  const key = addApiKey(file, 'nightly');
  assert.ok(Buffer.from(key.slice('weft_'.length), 'base64url').length >= 32);
  const text = readFileSync(file, 'utf8');
  assert.ok(!text.includes(key.slice('weft_'.length)));
  assert.equal(text, `${hashApiKey(key)} nightly\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a key is taken away without the others, and no name is given twice', () => {
  const file = join(folder, 'keys');
  addApiKey(file, 'a');
  const kept = addApiKey(file, 'b');
  assert.throws(() => addApiKey(file, 'a'), /has a key of the name a/);
  removeApiKey(file, 'a');
  assert.equal(readFileSync(file, 'utf8'), `${hashApiKey(kept)} b\n`);
  assert.throws(() => removeApiKey(file, 'a'), /no key of the name a/);
  for (const name of ['', 'two words', 'line\nbreak']) {
    assert.throws(() => addApiKey(file, name), /is no name/);
  }
});
