import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { Contracts } from '@weft/mesh/contracts';
import type { StreamTicksRequest } from '@weft/proto/bench/v1/ticks';
import type { TickPeer } from '../TickPeer.ts';

// protobuf-es works from descriptors; those of the image are what its generated code would hold.
const service = Contracts.load().registry.getService('bench.v1.TickService');
if (!service) throw new Error('bench.v1.TickService is not in the image: run make generate.');

/** A client stream of ConnectRPC for Node: the gRPC protocol over HTTP/2 with client certificates. */
export const peer: TickPeer = {
  name: 'ConnectRPC stream, mTLS',

  async receive({ tls }) {
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
          const streamTicks = async (requests: AsyncIterable<object>) => {
            let count = 0n;
            for await (const _ of requests) count++;
            return { count };
          };
          router.service(service, { streamTicks } as never);
        },
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },

  async connect({ tls }, baseUrl) {
    const read = (file: string) => readFileSync(join(tls, file));
    const transport = createGrpcTransport({
      baseUrl,
      nodeOptions: {
        ca: read('roots.pem'),
        cert: read('cert.pem'),
        key: read('key.pem'),
        // The certificate names a SPIFFE id and no host.
        checkServerIdentity: () => undefined,
      },
    });
    const client = createClient(service, transport) as Client<never> as unknown as {
      streamTicks(requests: AsyncIterable<object>): Promise<{ count: bigint }>;
    };
    return {
      async send(ticks) {
        const { count } = await client.streamTicks(messages(ticks));
        return Number(count);
      },
    };
  },
};

/** protobuf-es has 64-bit integers as BigInt. */
async function* messages(ticks: Iterable<StreamTicksRequest>): AsyncGenerator<object> {
  for (const tick of ticks) {
    yield { ...tick, eventTimeUs: BigInt(tick.eventTimeUs), sequence: BigInt(tick.sequence) };
  }
}
