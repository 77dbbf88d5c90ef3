/**
 * A process of the mesh made of stock grpc-js and grpc-js-xds, as a test's child: serves every unary
 * method by naming itself and its caller, and calls others.
 */
import {
  type Client,
  credentials,
  makeGenericClientConstructor,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import {
  register,
  XdsChannelCredentials,
  XdsServer,
  XdsServerCredentials,
} from '@grpc/grpc-js-xds';
import type { CallResult, PeerRequest } from './peerProtocol.ts';

register();
const bytes = (value: Buffer) => value;
const Generic = makeGenericClientConstructor({}, 'test');
const clients = new Map<string, Client>();

function clientOf(target: string): Client {
  const known = clients.get(target);
  if (known) return known;
  const made = new Generic(target, new XdsChannelCredentials(credentials.createInsecure()));
  clients.set(target, made);
  return made;
}

function call(target: string, path: string, timeoutMs: number): Promise<CallResult> {
  const deadline = Date.now() + timeoutMs;
  return new Promise((resolve) => {
    clientOf(target).makeUnaryRequest(
      path,
      bytes,
      bytes,
      Buffer.alloc(0),
      { deadline },
      (error: ServiceError | null, reply?: Buffer) => {
        const said = reply
          ? (JSON.parse(reply.toString()) as { server: string; caller: string })
          : undefined;
        resolve({
          code: error?.code ?? 0,
          details: error?.details ?? '',
          server: said?.server ?? '',
          caller: said?.caller ?? '',
        });
      },
    );
  });
}

function serve(port: number): Promise<void> {
  const server = new XdsServer();
  const answer = (request: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    const caller = request.getAuthContext().sslPeerCertificate?.subjectaltname ?? '';
    done(null, Buffer.from(JSON.stringify({ server: process.env.PEER_ID, caller })));
  };
  const methods = (process.env.PEER_METHODS ?? '').split(',').filter(Boolean);
  for (const path of methods) server.register(path, answer as never, bytes, bytes, 'unary');
  return new Promise((resolve, reject) => {
    server.bindAsync(
      `127.0.0.1:${port}`,
      new XdsServerCredentials(ServerCredentials.createInsecure()),
      (error) => (error ? reject(error) : resolve()),
    );
  });
}

async function perform(request: PeerRequest): Promise<unknown> {
  return request.do === 'serve'
    ? serve(request.port)
    : call(request.target, request.path, request.timeoutMs);
}

process.on('message', ({ id, request }: { id: number; request: PeerRequest }) => {
  perform(request).then(
    (value) => process.send?.({ id, value }),
    (error: Error) => process.send?.({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
