import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { spawnProgram } from '../testing/spawnProgram.ts';
import { assertOutOfReach, makeWayForSocket } from './ownSocket.ts';

describe('a Unix socket that only its owner may take', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-socket-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('its folder is made, closed to others', async () => {
    const path = join(folder, 'new', 'a.sock');
    await makeWayForSocket(path);
    assert.equal((await stat(join(folder, 'new'))).mode & 0o777, 0o700);
  });

  test('what a killed process has left is removed, and one who listens is not', async () => {
    const path = join(folder, 'left.sock');
    const listen = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.send('listens'))`;
    const killed = spawnProgram([process.execPath, '--eval', listen], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(killed, 'message');
    await assert.rejects(makeWayForSocket(path), /EADDRINUSE: .*left\.sock/);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await stat(path);
    await makeWayForSocket(path);
    const server = createServer().listen(path);
    await once(server, 'listening');
    server.close();
  });

  test('a folder that others may write to is refused, and one that they could make', async () => {
    const open = join(folder, 'open');
    await mkdir(open);
    await chmod(open, 0o777);
    await assert.rejects(makeWayForSocket(join(open, 'a.sock')), /others may write to .*open/);
    await assert.rejects(assertOutOfReach(join(open, 'none', 'a.sock')), /others may write to/);
    await mkdir(join(open, 'ours'), { mode: 0o700 });
    await assert.rejects(assertOutOfReach(join(open, 'ours', 'a.sock')), /others may write to/);
    // As /tmp is.
    await chmod(open, 0o1777);
    await assert.rejects(assertOutOfReach(join(open, 'a.sock')), /others may write to/);
    await assert.rejects(assertOutOfReach(join(open, 'none', 'a.sock')), /others may write to/);
    await assertOutOfReach(join(open, 'ours', 'a.sock'));
    // Where no control plane has made its folder yet.
    await assertOutOfReach(join(open, 'ours', 'none', 'a.sock'));
  });

  test('a path that is too long is named', async () => {
    await assert.rejects(
      makeWayForSocket(join(folder, 'x'.repeat(100))),
      /107 bytes at most: .*xxx/,
    );
  });
});
