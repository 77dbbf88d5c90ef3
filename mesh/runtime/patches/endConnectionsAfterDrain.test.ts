import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { memoryLogger } from '../testing/memoryLogger.ts';
import { applyPatch } from './applyPatches.ts';
import { endConnectionsAfterDrain } from './endConnectionsAfterDrain.ts';

const GRACE_MS = 50;

describe('endConnectionsAfterDrain', () => {
  let credentials: ServerCredentials;
  before(() => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-late-'));
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1', '-subj', '/CN=a'];
    execFileSync('openssl', ['req', '-x509', ...key, ...files], { cwd: folder, stdio: 'pipe' });
    const read = (file: string) => readFileSync(join(folder, file));
    const pair = { cert_chain: read('cert.pem'), private_key: read('key.pem') };
    credentials = ServerCredentials.createSsl(null, [pair]);
    rmSync(folder, { recursive: true });
  });

  const stops: (() => void)[] = [];
  after(() => {
    for (const stop of stops) stop();
  });

  /** A server whose rules change between a caller's connection and its handshake. Answers that connection. */
  async function connectedBeforeTheChange(): Promise<Socket> {
    const server = new Server();
    const injector = server.createConnectionInjector(credentials);
    const port = createServer((socket) => injector.injectConnection(socket)).listen(0, '127.0.0.1');
    await once(port, 'listening');
    const accepted = once(port, 'connection');
    const socket = connect((port.address() as AddressInfo).port, '127.0.0.1');
    stops.push(() => {
      socket.destroy();
      port.close();
      server.forceShutdown();
    });
    await accepted;
    injector.drain(GRACE_MS);
    injector.destroy();
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS * 3));
    return socket;
  }

  /** Whether a session comes about on this connection, and the server answers on it. */
  function isServed(socket: Socket): Promise<boolean> {
    return new Promise((resolve) => {
      const tls = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
      const session = connectHttp2('https://a', { createConnection: () => tls });
      session.once('remoteSettings', () => resolve(true));
      for (const end of ['error', 'close']) session.once(end, () => resolve(false));
      socket.once('close', () => resolve(false));
      tls.once('error', () => resolve(false));
      if (socket.destroyed || socket.readableEnded) resolve(false);
    });
  }

  test('grpc-js alone serves who waits with the handshake until the rules have changed: when this fails, a new version needs no help', async () => {
    const socket = await connectedBeforeTheChange();
    assert.equal(await isServed(socket), true);
  });

  test('who waits with the handshake until the rules have changed is not served by the old ones', async () => {
    await applyPatch(endConnectionsAfterDrain, { log: memoryLogger([]) });
    const socket = await connectedBeforeTheChange();
    assert.equal(await isServed(socket), false);
  });
});
