import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { Contracts } from '@weft/mesh/contracts';
import type { EchoResponse } from '@weft/proto/bench/v1/echo';
import type { UnaryPeer } from '../UnaryPeer.ts';

// protobuf-es works from descriptors; those of the image are what its generated code would hold.
const service = Contracts.load().registry.getService('bench.v1.EchoService');
if (!service) throw new Error('bench.v1.EchoService is not in the image: run make generate.');

/** ConnectRPC for Node: the gRPC protocol over HTTP/2 with client certificates. */
export const peer: UnaryPeer = {
  name: 'ConnectRPC, mTLS',

  async serve({ tls }) {
    const read = (file: string) => readFileSync(join(tls, file));
    const server = createSecureServer(
      {
        ca: read('roots.pem'),
        cert: read('cert.pem'),
        key: read('key.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      },
      connectNodeAdapter({
        routes: (router) => {
          router.service(service, { echo: (request: object) => withoutType(request) } as never);
        },
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () => void server.close(),
    };
  },

  async connect({ tls }, address) {
    const read = (file: string) => readFileSync(join(tls, file));
    const transport = createGrpcTransport({
      baseUrl: `https://${address}`,
      nodeOptions: {
        ca: read('roots.pem'),
        cert: read('cert.pem'),
        key: read('key.pem'),
        // The certificate names a SPIFFE id and no host.
        checkServerIdentity: () => undefined,
      },
    });
    const client = createClient(service, transport) as Client<never> as unknown as {
      echo(request: object): Promise<Omit<EchoResponse, 'number'> & { number: bigint }>;
    };
    return {
      async echo(request) {
        const response = await client.echo({ ...request, number: BigInt(request.number) });
        return {
          name: response.name,
          number: Number(response.number),
          payload: Buffer.from(response.payload),
        };
      },
      close: async () => undefined,
    };
  },
};

/** The response is another message type with the same fields. */
function withoutType(message: object): object {
  const { $typeName: _, ...fields } = message as { $typeName: string };
  return fields;
}
