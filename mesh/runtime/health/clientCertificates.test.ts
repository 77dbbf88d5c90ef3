import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createSecureContext, createServer } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TestConsul } from '../../testing/TestConsul.ts';
import { writeIdentity } from '../../testing/writeIdentity.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** What malloc() has taken from the system, in kB: OpenSSL's memory lies there, outside of all that V8 counts. */
function nativeHeapKb(): number {
  const [, kb] =
    /\[heap\]\n(?:\w+: .*\n)*?Rss: +(\d+) kB/.exec(readFileSync('/proc/self/smaps', 'utf8')) ?? [];
  return Number(kb);
}

test('a server forgets the certificates of clients that have gone, so that months of connections cost no memory', async (t) => {
  const consul = await TestConsul.start();
  t.after(() => consul.stop());
  const files = await writeIdentity(consul.client, 'analytics');
  t.after(() => rm(files.folder, { recursive: true }));
  const [cert, key, ca] = [files.cert, files.key, files.roots].map((file) => readFileSync(file));
  const pair = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
  const server = createServer(pair, (socket) => socket.on('error', () => {}).end('seen'));
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const secureContext = createSecureContext(pair);
  const visit = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const client = connect({
        ...{ host: '127.0.0.1', port, secureContext },
        checkServerIdentity: () => undefined,
      });
      // TLS 1.3: what the server says shows that it has accepted the certificate.
      assert.equal(String((await once(client, 'data'))[0]), 'seen');
      client.destroy();
      await once(client, 'close');
    }
    collect();
    return nativeHeapKb();
  };

  const before = await visit(600);
  const grown = (await visit(1_000)) - before;
  assert.ok(grown < 2_000, `${grown} kB are kept of 1,000 clients that have gone`);
});
