import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { writeIdentity } from '../../testing/writeIdentity.ts';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { HandshakeWatch } from './HandshakeWatch.ts';

test('a server that no peer can connect to any more does not count as ready until one can', async (t) => {
  const consul = await TestConsul.start();
  t.after(() => consul.stop());
  const pairOf = async (service: string) => {
    const files = await writeIdentity(consul.client, service);
    t.after(() => rm(files.folder, { recursive: true }));
    const read = (file: string) => readFileSync(file, 'utf8');
    const pair = { cert: read(files.cert), key: read(files.key), ca: read(files.roots) };
    return { pair, spiffeId: files.spiffeId };
  };
  const { pair: own, spiffeId } = await pairOf('analytics');
  const { pair: other } = await pairOf('trading');
  const server = createSecureServer({ ...own, requestCert: true, rejectUnauthorized: true });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const reasons: (string | undefined)[] = [];
  const lines: Record<string, unknown>[] = [];
  const watch = new HandshakeWatch({
    target: () => ({
      ...{ host: '127.0.0.1', port },
      credentials: {
        ...{ certificate: own.cert, key: own.key, roots: own.ca, spiffeId },
      },
    }),
    everyMs: 20,
    log: memoryLogger(lines),
    onChange: (reason) => reasons.push(reason),
  });
  t.after(() => watch.stop());
  await eventually(() => assert.ok(connections > 5));
  assert.deepEqual(reasons, []);

  server.setSecureContext(other);
  const before = connections;
  await eventually(() => assert.equal(reasons.length, 1));
  assert.match(String(reasons[0]), /trading and not spiffe:.*analytics/);
  assert.ok(connections - before >= 3, 'two failures say nothing');
  server.setSecureContext(own);
  await eventually(() => assert.equal(reasons.length, 2));
  assert.equal(reasons[1], undefined);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['error', 'info'],
  );
});
