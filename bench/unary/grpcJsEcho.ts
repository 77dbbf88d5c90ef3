import * as grpc from '@grpc/grpc-js';
import { EchoRequest, EchoResponse } from '@weft/proto/bench/v1/echo';
import type { Connected, Served } from './UnaryPeer.ts';

const echo: grpc.MethodDefinition<EchoRequest, EchoResponse> = {
  path: '/bench.v1.EchoService/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => asBuffer(EchoRequest.encode(message).finish()),
  requestDeserialize: (bytes) => EchoRequest.decode(bytes),
  responseSerialize: (message) => asBuffer(EchoResponse.encode(message).finish()),
  responseDeserialize: (bytes) => EchoResponse.decode(bytes),
};

/** The echo service on plain grpc-js, over the same generated messages. @param port 0: a free one. */
export async function serveEcho(
  credentials: grpc.ServerCredentials,
  port: number,
): Promise<Served> {
  const server = new grpc.Server();
  server.addService({ echo } as never, {
    echo: (
      call: grpc.ServerUnaryCall<EchoRequest, EchoResponse>,
      callback: grpc.sendUnaryData<EchoResponse>,
    ) => callback(null, call.request),
  });
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, used) =>
      error ? reject(error) : resolve(used),
    ),
  );
  return { address: `127.0.0.1:${bound}`, close: async () => server.forceShutdown() };
}

/** A client of it on plain grpc-js. */
export function connectEcho(address: string, credentials: grpc.ChannelCredentials): Connected {
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
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
