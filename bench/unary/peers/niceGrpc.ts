import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { ChannelCredentials, createChannel, createClient, createServer } from 'nice-grpc';
import type { UnaryPeer } from '../UnaryPeer.ts';

/** nice-grpc with client certificates, over the same generated messages. */
export const peer: UnaryPeer = {
  name: 'nice-grpc, mTLS',

  async serve({ tls }) {
    const read = (file: string) => readFileSync(join(tls, file));
    const server = createServer();
    server.add(EchoServiceDefinition, { echo: async (request) => request });
    const port = await server.listen(
      '127.0.0.1:0',
      ServerCredentials.createSsl(
        read('roots.pem'),
        [{ cert_chain: read('cert.pem'), private_key: read('key.pem') }],
        true,
      ),
    );
    return { address: `127.0.0.1:${port}`, close: async () => server.forceShutdown() };
  },

  async connect({ tls }, address) {
    const read = (file: string) => readFileSync(join(tls, file));
    const channel = createChannel(
      address,
      // The certificate names a SPIFFE id and no host.
      ChannelCredentials.createSsl(read('roots.pem'), read('key.pem'), read('cert.pem'), {
        checkServerIdentity: () => undefined,
      }),
    );
    const client = createClient(EchoServiceDefinition, channel);
    return { echo: (request) => client.echo(request), close: async () => channel.close() };
  },
};
