import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import {
  type ChannelOptions,
  Client,
  credentials,
  Server,
  ServerCredentials,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { listen } from '../../mesh/testing/listen.ts';

const same = (bytes: Buffer): Buffer => bytes;

/** Two methods of bytes, one of each kind that the reproductions need. */
export const UNARY = '/test.Plain/Unary';
export const STREAM = '/test.Plain/Stream';

function method(path: string, streams: boolean) {
  return {
    path,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

/** A server of grpc-js and nothing else; answers its address. */
export async function plainServer(
  t: TestContext,
  handlers: { readonly unary?: UntypedHandleCall; readonly stream?: UntypedHandleCall },
  creds: ServerCredentials = ServerCredentials.createInsecure(),
  options: ChannelOptions = {},
): Promise<{ server: Server; address: string }> {
  const server = new Server(options);
  const unimplemented: UntypedHandleCall = () => {};
  const { unary = unimplemented, stream = unimplemented } = handlers;
  server.addService(
    { unary: method(UNARY, false), stream: method(STREAM, true) },
    { unary, stream },
  );
  const port = await listen(server, creds);
  t.after(() => server.forceShutdown());
  return { server, address: `127.0.0.1:${port}` };
}

/** A client of grpc-js and nothing else. */
export function plainClient(
  t: TestContext,
  address: string,
  creds = credentials.createInsecure(),
  options: ChannelOptions = {},
): Client {
  const client = new Client(address, creds, options);
  t.after(() => client.close());
  return client;
}

/** Calls UNARY; answers the code and the response. */
export function callUnary(
  client: Client,
  timeoutMs: number,
): Promise<{ code: number | undefined; failed: boolean }> {
  return new Promise((resolve) => {
    const deadline = Date.now() + timeoutMs;
    client.makeUnaryRequest(UNARY, same, same, Buffer.alloc(0), { deadline }, (error) =>
      resolve(error ? { code: error.code, failed: true } : { code: 0, failed: false }),
    );
  });
}

/** Opens STREAM. */
export function openStream(client: Client) {
  return client.makeBidiStreamRequest(STREAM, same, same);
}

/** A server of bare HTTP/2; answers its address. */
export async function rawServer(
  t: TestContext,
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<string> {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
