import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { connectEcho, serveEcho } from '../grpcJsEcho.ts';
import type { UnaryPeer } from '../UnaryPeer.ts';

/** Plain grpc-js with client certificates, over the same generated messages. */
export const peer: UnaryPeer = {
  name: 'grpc-js, mTLS',

  async serve({ tls }) {
    const read = (file: string) => readFileSync(join(tls, file));
    const credentials = grpc.ServerCredentials.createSsl(
      read('roots.pem'),
      [{ cert_chain: read('cert.pem'), private_key: read('key.pem') }],
      true,
    );
    return serveEcho(credentials, 0);
  },

  async connect({ tls }, address) {
    const read = (file: string) => readFileSync(join(tls, file));
    const credentials = grpc.credentials.createSsl(
      read('roots.pem'),
      read('key.pem'),
      read('cert.pem'),
      // The certificate names a SPIFFE id and no host.
      { checkServerIdentity: () => undefined },
    );
    return connectEcho(address, credentials);
  },
};
