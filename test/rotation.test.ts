import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Tally } from './support/echoMember.ts';
import { TestMesh } from './support/TestMesh.ts';
import { waitFor } from './support/waitFor.ts';

const member = fileURLToPath(new URL('support/echoMember.ts', import.meta.url));
const children: ChildProcess[] = [];
let mesh: TestMesh;

before(async () => {
  mesh = await TestMesh.start({ only: ['analytics'] });
  await mesh.setIntention('bench-client', 'bench-echo', 'allow');
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await mesh?.stop();
});

/** Starts a member and answers what it says when it is ready. */
async function start<Ready>(
  role: 'serve' | 'call',
): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(member, [role], {
    env: { ...process.env, ...mesh.environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`${role} ended with ${code}`);
  });
  exit.catch(() => {});
  const [ready] = await Promise.race([once(child, 'message'), exit]);
  return { child, ready };
}

async function finish(child: ChildProcess): Promise<Tally> {
  const answer = once(child, 'message');
  child.send('stop');
  const [tally] = await answer;
  return tally;
}

const certificates = (pem: string) =>
  pem.split(/(?=-----BEGIN)/).map((one) => new X509Certificate(one));

/** The certificate that a server shows to a caller who connects now. */
async function shownBy(port: number, identity: string): Promise<X509Certificate> {
  const read = (file: string) => readFileSync(join(identity, file));
  const socket = connect({
    port,
    key: read('key.pem'),
    cert: read('cert.pem'),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  try {
    await once(socket, 'secureConnect');
    const shown = socket.getPeerX509Certificate();
    assert.ok(shown, 'the server showed no certificate');
    return shown;
  } finally {
    socket.destroy();
  }
}

test('a new root and new leaves cost no call, under load', async (t) => {
  const { ready: server } = await start<{ port: number }>('serve');
  const { child: caller } = await start('call');
  const folders = readdirSync(join(mesh.home, 'identity'))
    .filter((name) => name.startsWith('bench-'))
    .map((name) => mesh.identity(name));
  assert.equal(folders.length, 2, String(folders));
  const [oldRoot] = certificates(
    readFileSync(join(mesh.identity('bench-echo-1'), 'roots.pem'), 'utf8'),
  );
  assert.ok(oldRoot);
  const isOld = (leaf: X509Certificate | undefined) => leaf?.verify(oldRoot.publicKey) === true;
  assert.ok(isOld(await shownBy(server.port, mesh.identity('bench-echo-1'))));

  // Another kind of key is another root.
  await mesh.consul.write('/connect/ca/configuration', {
    Provider: 'consul',
    Config: { PrivateKeyType: 'rsa', PrivateKeyBits: 2048, LeafCertTTL: '72h' },
  });

  const leafOf = (folder: string) =>
    certificates(readFileSync(join(folder, 'cert.pem'), 'utf8'))[0];
  const trusted = new Set<string>();
  for (const folder of folders) {
    const renewed = () => {
      const roots = certificates(readFileSync(join(folder, 'roots.pem'), 'utf8'));
      // The old root is trusted until no leaf is left that it has signed.
      assert.ok(roots.some((root) => root.fingerprint256 === oldRoot.fingerprint256));
      for (const root of roots) trusted.add(root.fingerprint256);
      return !isOld(leafOf(folder));
    };
    // Consul spreads new leaves over half a minute.
    await waitFor(`a new leaf in ${folder}`, renewed, 180_000);
  }
  assert.equal(trusted.size, 2);
  await waitFor('the server to show its new certificate', async () => {
    return !isOld(await shownBy(server.port, mesh.identity('bench-echo-1')));
  });

  // Connections that last keep what they began with; who comes now has only the new.
  const { child: newcomer } = await start('call');
  const newcomers = await finish(newcomer);
  const tally = await finish(caller);
  t.diagnostic(`${tally.answered} calls during the rotation, ${newcomers.answered} by a newcomer`);
  assert.deepEqual(tally.failed, []);
  assert.deepEqual(newcomers.failed, []);
  assert.ok(tally.answered > 100, `${tally.answered} calls are no load`);
});

test('private keys stay in the folder of their process, for its user alone', () => {
  let keys = 0;
  for (const name of readdirSync(join(mesh.home, 'identity'))) {
    const folder = mesh.identity(name);
    assert.equal(statSync(folder).mode & 0o777, 0o700, folder);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      // Sockets have no content.
      if (!entry.isFile()) continue;
      const path = join(folder, entry.name);
      if (!readFileSync(path, 'utf8').includes('PRIVATE KEY')) continue;
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
      keys += 1;
    }
  }
  assert.ok(keys >= 3, `${keys} keys`);
});
