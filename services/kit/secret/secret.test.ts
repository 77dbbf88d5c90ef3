import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readSecret } from './readSecret.ts';
import { Secret } from './Secret.ts';
import { secretFile } from './SecretFile.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'weft-secret-'));
});
afterEach(() => rm(home, { recursive: true }));

test('a secret is made once, for its owner alone, also by instances that start together', async () => {
  const { file, make } = secretFile('gift', undefined, home);
  assert.equal(file, join(home, 'data/gift/secret'));
  const secrets = await Promise.all(
    Array.from({ length: 8 }, () => readSecret('gift', { file, make })),
  );
  const macs = secrets.map((secret) => secret.mac('use', Buffer.from('a')).toString('hex'));
  assert.equal(new Set(macs).size, 1);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await chmod(file, 0o640);
  await assert.rejects(readSecret('gift', { file, make }), /GIFT_SECRET_FILE.*mode has to be 0600/);
});

test('a file that somebody has named has to be there, and to hold a secret', async () => {
  const named = secretFile('gift', join(home, 'named'), home);
  await assert.rejects(readSecret('gift', named), /GIFT_SECRET_FILE.*cannot be read/);
  await writeFile(named.file, 'short', { mode: 0o600 });
  await assert.rejects(readSecret('gift', named), /must hold 32 bytes in base64/);
});

test('what is sealed opens with the same secret, for the same use and thing, and as it was', () => {
  const bytes = randomBytes(Secret.BYTES);
  const secret = new Secret('gift', bytes);
  const sealed = secret.seal('use', 'row', Buffer.from('plain'));
  assert.equal(secret.open('use', 'row', sealed).toString(), 'plain');
  assert.ok(!secret.seal('use', 'row', Buffer.from('plain')).equals(sealed));
  const refuses = (by: Secret, use: string, about: string, what: Buffer = sealed) =>
    assert.throws(() => by.open(use, about, what));
  refuses(secret, 'another', 'row');
  refuses(secret, 'use', 'another');
  refuses(new Secret('another', bytes), 'use', 'row');
  refuses(new Secret('gift', randomBytes(Secret.BYTES)), 'use', 'row');
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    refuses(secret, 'use', 'row', changed);
  }
  refuses(secret, 'use', 'row', sealed.subarray(0, -1));
  refuses(secret, 'use', 'row', Buffer.alloc(0));
});
