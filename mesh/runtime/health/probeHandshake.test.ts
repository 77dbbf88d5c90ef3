import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { TestConsul } from '../../testing/TestConsul.ts';
import { writeIdentity } from '../../testing/writeIdentity.ts';
import type { Credentials } from '../identity/Identity.ts';
import { probeHandshake } from './probeHandshake.ts';

let consul: TestConsul;
let own: Credentials;
let other: Credentials;

before(async () => {
  consul = await TestConsul.start();
  own = await credentialsOf('analytics');
  other = await credentialsOf('trading');
});
after(() => consul?.stop());

async function credentialsOf(service: string): Promise<Credentials> {
  const files = await writeIdentity(consul.client, service);
  const [certificate = '', key = '', roots = ''] = [files.cert, files.key, files.roots].map(
    (file) => readFileSync(file, 'utf8'),
  );
  await rm(files.folder, { recursive: true });
  return { certificate, key, roots, spiffeId: files.spiffeId };
}

/** A server for peers, as xDS servers are. */
const serving = ({ certificate, key, roots }: Credentials, ca = roots) =>
  createSecureServer({ cert: certificate, key, ca, requestCert: true, rejectUnauthorized: true });

async function probe(t: TestContext, server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await probeHandshake({ host: '127.0.0.1', port, credentials: own });
}

test('a server that peers can connect to is well', async (t) => {
  await probe(t, serving(own));
});

for (const [what, makeServer, reason] of [
  ['has no certificate, as one that cannot read its key', () => createTlsServer(), /^TLS: /],
  ['is somebody else', () => serving(other), /trading and not spiffe:.*analytics/],
  [
    'does not trust our roots',
    // A certificate that has signed nothing.
    () => serving(own, other.certificate),
    /TLS: |closed the connection|ECONNRESET/,
  ],
  [
    'speaks no TLS',
    () => createServer((socket) => socket.end('220 hello\r\n')),
    /does not speak TLS|TLS: /,
  ],
  [
    'takes connections and drops them',
    () => createServer((socket) => socket.destroy()),
    /TLS|ECONNRESET/,
  ],
  [
    'does not speak HTTP/2',
    () =>
      createTlsServer({ cert: own.certificate, key: own.key, ca: own.roots, requestCert: true }),
    /does not speak HTTP\/2/,
  ],
] as const) {
  test(`one that ${what} is not, and it is said why`, async (t) => {
    await assert.rejects(probe(t, makeServer()), (error: Error) => {
      assert.match(error.message, reason);
      return true;
    });
  });
}

test('nor is one that is not there', async () => {
  await assert.rejects(
    probeHandshake({ host: '127.0.0.1', port: 1, credentials: own }),
    /ECONNREFUSED/,
  );
});
