import assert from 'node:assert/strict';
import { chown, mkdir, mkdtemp, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { locateSockets, makeSocketFolder } from './socketFolder.ts';

test('sockets of a state folder with a long path lie where nobody else has been or can go', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'weft-sockets-'));
  t.after(() => rm(parent, { recursive: true }));
  const home = join(parent, 'x'.repeat(100));
  await mkdir(home);
  await makeSocketFolder(home, parent);
  const made = await readlink(join(home, 'sockets'));
  assert.equal(locateSockets(home), made);
  assert.equal((await stat(made)).mode & 0o777, 0o700);

  await makeSocketFolder(home, parent);
  assert.equal(locateSockets(home), made);

  // Gone, and made again by somebody else: for root by another user, for others as open as theirs would have to be.
  await rm(made, { recursive: true });
  await mkdir(made, { mode: 0o777 });
  if (process.getuid?.() === 0) await chown(made, 65_534, 65_534);
  await makeSocketFolder(home, parent);
  assert.notEqual(locateSockets(home), made);
  assert.equal((await stat(locateSockets(home))).uid, process.getuid?.());
});
