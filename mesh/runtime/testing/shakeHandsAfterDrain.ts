import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const GRACE_MS = 50;

/**
 * Connects to a grpc-js server, has it drain and forget its connections, as when its rules change, and only then shakes
 * hands.
 *
 * @returns whether a session comes about, and the server answers on it.
 */
export async function shakeHandsAfterDrain(t: TestContext): Promise<boolean> {
  const server = new Server();
  const injector = server.createConnectionInjector(selfSigned());
  const port = createServer((socket) => injector.injectConnection(socket)).listen(0, '127.0.0.1');
  await once(port, 'listening');
  const accepted = once(port, 'connection');
  const socket = connect((port.address() as AddressInfo).port, '127.0.0.1');
  t.after(() => {
    socket.destroy();
    port.close();
    server.forceShutdown();
  });
  await accepted;
  injector.drain(GRACE_MS);
  injector.destroy();
  await sleep(GRACE_MS * 3);
  return isServed(socket);
}

function selfSigned(): ServerCredentials {
  const folder = mkdtempSync(join(tmpdir(), 'weft-late-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1', '-subj', '/CN=a'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files], { cwd: folder, stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(folder, file));
  const pair = { cert_chain: read('cert.pem'), private_key: read('key.pem') };
  rmSync(folder, { recursive: true });
  return ServerCredentials.createSsl(null, [pair]);
}

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
