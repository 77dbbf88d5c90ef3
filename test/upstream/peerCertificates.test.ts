import { readFileSync, rmSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import {
  credentials,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { TestConsul } from '../../mesh/testing/TestConsul.ts';
import { writeIdentity } from '../../mesh/testing/writeIdentity.ts';
import { callUnary, plainClient, plainServer } from './plainGrpc.ts';
import { upstreamBug } from './upstreamBug.ts';

const CALLS = 3;

upstreamBug(
  {
    library: '@grpc/grpc-js',
    symptom: 'who calls is read from the certificate anew at each call',
    workaround: 'mesh/runtime/patches/cachePeerCertificates.ts',
  },
  async (t) => {
    const consul = await TestConsul.start();
    t.after(() => consul.stop());
    const { folder, cert, key, roots } = await writeIdentity(consul.client, 'upstream');
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [chain, secret, authority] = [cert, key, roots].map((file) => readFileSync(file));
    if (!chain || !secret || !authority) throw new Error('no certificate');

    const decode = TLSSocket.prototype.getPeerCertificate;
    let decoded = 0;
    t.after(() => {
      TLSSocket.prototype.getPeerCertificate = decode;
    });
    const handler = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
      TLSSocket.prototype.getPeerCertificate = function (this: TLSSocket, ...parameters: []) {
        decoded += 1;
        return decode.apply(this, parameters);
      } as typeof decode;
      call.getAuthContext();
      TLSSocket.prototype.getPeerCertificate = decode;
      callback(null, call.request);
    };
    const pair = { cert_chain: chain, private_key: secret };
    const mutual = ServerCredentials.createSsl(authority, [pair], true);
    const { address } = await plainServer(t, { unary: handler }, mutual);
    const own = credentials.createSsl(authority, secret, chain, {
      checkServerIdentity: () => undefined,
    });
    const client = plainClient(t, address, own, { 'grpc.ssl_target_name_override': 'upstream' });
    for (let i = 0; i < CALLS; i += 1) {
      const { code } = await callUnary(client, 30_000);
      if (code !== 0) throw new Error(`the call failed with ${code}`);
    }
    return decoded >= CALLS;
  },
);
