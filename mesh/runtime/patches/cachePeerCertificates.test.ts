import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { listen } from '../../testing/listen.ts';
import { TestConsul } from '../../testing/TestConsul.ts';
import { Identity } from '../identity/Identity.ts';
import { identityFiles } from '../identity/identityFiles.ts';
import { type Peer, peerOf } from '../server/Peer.ts';
import { bytesMethod } from '../testing/bytesMethod.ts';
import { memoryLogger } from '../testing/TestServer.ts';
import { applyPatch } from './applyPatches.ts';
import { cachePeerCertificates } from './cachePeerCertificates.ts';

await applyPatch(cachePeerCertificates, { log: memoryLogger([]) });

const path = '/test.Who/Who';
const who = bytesMethod(path);

test('who calls is read from the certificate, once for each connection', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'weft-peer-'));
  const consul = await TestConsul.start();
  t.after(async () => {
    await consul.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const identities = await Promise.all(
    ['analytics', 'trading', 'cli'].map(async (service) => {
      const files = identityFiles(home, service);
      const identity = await Identity.start({
        consul: consul.client,
        service,
        files,
        log: memoryLogger([]),
      });
      t.after(() => identity.stop());
      const [roots, key, certificate] = [files.roots, files.key, files.certificate].map((file) =>
        readFileSync(file),
      );
      return { roots, key, certificate } as Record<'roots' | 'key' | 'certificate', Buffer>;
    }),
  );
  const [own, ...callers] = identities;
  assert.ok(own);

  const decode = TLSSocket.prototype.getPeerCertificate;
  let decoded = 0;
  TLSSocket.prototype.getPeerCertificate = function (this: TLSSocket, detailed?: boolean) {
    // Clients look at the server's certificate as well.
    if ('server' in this && this.server) decoded += 1;
    return decode.call(this, detailed);
  } as typeof decode;
  t.after(() => {
    TLSSocket.prototype.getPeerCertificate = decode;
  });

  const server = new Server();
  const peers: (Peer | undefined)[] = [];
  server.addService(
    { who },
    {
      who: (
        call: ServerUnaryCall<Buffer, Buffer>,
        callback: (error: null, value: Buffer) => void,
      ) => {
        peers.push(peerOf(call.getAuthContext()));
        callback(null, call.request);
      },
    },
  );
  const pair = { cert_chain: own.certificate, private_key: own.key };
  const port = await listen(server, ServerCredentials.createSsl(own.roots, [pair], true));
  t.after(() => server.forceShutdown());

  for (const caller of callers) {
    const client = new Client(
      `127.0.0.1:${port}`,
      credentials.createSsl(caller.roots, caller.key, caller.certificate, {
        checkServerIdentity: () => undefined,
      }),
      { 'grpc.ssl_target_name_override': 'analytics' },
    );
    t.after(() => client.close());
    for (let i = 0; i < 3; i += 1) {
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          who.requestSerialize,
          who.responseDeserialize,
          Buffer.from('x'),
          (error) => (error ? reject(error) : resolve()),
        );
      });
    }
  }
  assert.deepEqual(
    peers.map((peer) => peer?.service),
    ['trading', 'trading', 'trading', 'cli', 'cli', 'cli'],
  );
  assert.match(
    peers[0]?.spiffeId ?? '',
    /^spiffe:\/\/.*\.consul\/ns\/default\/dc\/dc1\/svc\/trading$/,
  );
  assert.equal(decoded, 2);
});
