import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { EchoRequest, EchoResponse } from '@weft/proto/bench/v1/echo';
import type { UnaryPeer } from '../UnaryPeer.ts';

const echo: grpc.MethodDefinition<EchoRequest, EchoResponse> = {
  path: '/bench.v1.EchoService/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => asBuffer(EchoRequest.encode(message).finish()),
  requestDeserialize: (bytes) => EchoRequest.decode(bytes),
  responseSerialize: (message) => asBuffer(EchoResponse.encode(message).finish()),
  responseDeserialize: (bytes) => EchoResponse.decode(bytes),
};

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
    const server = new grpc.Server();
    server.addService({ echo } as never, {
      echo: (
        call: grpc.ServerUnaryCall<EchoRequest, EchoResponse>,
        callback: grpc.sendUnaryData<EchoResponse>,
      ) => callback(null, call.request),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return {
      address: `127.0.0.1:${port}`,
      close: async () => server.forceShutdown(),
    };
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
      echo: (request) =>
        new Promise((resolve, reject) =>
          client.makeUnaryRequest(
            echo.path,
            echo.requestSerialize,
            echo.responseDeserialize,
            request,
            (error, response) => (error ? reject(error) : resolve(response as EchoResponse)),
          ),
        ),
      close: async () => client.close(),
    };
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
