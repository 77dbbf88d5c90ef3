import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { StreamTicksRequest, StreamTicksResponse } from '@weft/proto/bench/v1/ticks';
import type { TickPeer } from '../TickPeer.ts';

const streamTicks: grpc.MethodDefinition<StreamTicksRequest, StreamTicksResponse> = {
  path: '/bench.v1.TickService/StreamTicks',
  requestStream: true,
  responseStream: false,
  requestSerialize: (message) => asBuffer(StreamTicksRequest.encode(message).finish()),
  requestDeserialize: (bytes) => StreamTicksRequest.decode(bytes),
  responseSerialize: (message) => asBuffer(StreamTicksResponse.encode(message).finish()),
  responseDeserialize: (bytes) => StreamTicksResponse.decode(bytes),
};

/** A client stream of plain grpc-js with client certificates. */
export const peer: TickPeer = {
  name: 'grpc-js stream, mTLS',

  async receive({ tls }) {
    const read = (file: string) => readFileSync(join(tls, file));
    const server = new grpc.Server();
    server.addService({ streamTicks } as never, {
      streamTicks(
        call: grpc.ServerReadableStream<StreamTicksRequest, StreamTicksResponse>,
        callback: grpc.sendUnaryData<StreamTicksResponse>,
      ) {
        let count = 0;
        call.on('data', () => count++);
        call.on('end', () => callback(null, { count }));
      },
    });
    const credentials = grpc.ServerCredentials.createSsl(
      read('roots.pem'),
      [{ cert_chain: read('cert.pem'), private_key: read('key.pem') }],
      true,
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return `127.0.0.1:${port}`;
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
    const client = new grpc.Client(address, credentials);
    return {
      async send(ticks) {
        const answer = Promise.withResolvers<number>();
        const call = client.makeClientStreamRequest(
          streamTicks.path,
          streamTicks.requestSerialize,
          streamTicks.responseDeserialize,
          (error, response) => {
            if (error) answer.reject(error);
            else answer.resolve(response?.count ?? 0);
          },
        );
        for (const tick of ticks) {
          if (!call.write(tick)) await once(call, 'drain');
        }
        call.end();
        return answer.promise;
      },
    };
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
