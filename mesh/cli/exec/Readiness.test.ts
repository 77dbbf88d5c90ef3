import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { TestConsul } from '../../testing/TestConsul.ts';
import { writeIdentity } from '../../testing/writeIdentity.ts';
import { peerReadiness } from './Readiness.ts';

/** A program that does not serve. */
function idler(t: TestContext): ChildProcess {
  const child = spawn('sleep', ['1000']);
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('a program is not ready while another process of its service serves on its port', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const consul = await TestConsul.start();
  t.after(() => consul.stop());
  const files = await writeIdentity(consul.client, 'analytics');
  t.after(() => rm(files.folder, { recursive: true }));
  const [certificate = '', key = '', roots = ''] = [files.cert, files.key, files.roots].map(
    (file) => readFileSync(file, 'utf8'),
  );
  const server = createSecureServer({ cert: certificate, key, ca: roots, requestCert: true });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const options = {
    service: 'risk',
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    identity: { credentials: { certificate, key, roots, spiffeId: files.spiffeId } },
    log: pino({ level: 'silent' }),
  };
  await peerReadiness({ ...options, pid: process.pid }).check();
  await assert.rejects(
    peerReadiness({ ...options, pid: idler(t).pid ?? 0 }).check(),
    new RegExp(`port ${options.port} is held by process ${process.pid} `),
  );
});
