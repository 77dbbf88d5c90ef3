import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import type { Contracts, MethodContract } from '@weft/mesh/contracts';

/** A request or an answer as protobuf-es makes it of a descriptor. */
export type Fields = Message & { readonly [field: string]: unknown };
type Answer = { readonly [field: string]: unknown };
export type Unary = handleUnaryCall<Fields, Answer>;
export type ServerStream = handleServerStreamingCall<Fields, Answer>;

/** Serves methods of the contracts in plaintext on a free port; answers the port. */
export async function serve(
  contracts: Contracts,
  handlers: Readonly<Record<string, Unary | ServerStream>>,
): Promise<{ port: number; stop: () => void }> {
  const server = new Server();
  for (const [path, handler] of Object.entries(handlers)) {
    const method = contracts.method(path);
    if (!method) throw new Error(`No such method: ${path}`);
    server.register(
      path,
      handler as UntypedHandleCall,
      (answer: Answer) => serialize(method, answer),
      (bytes: Buffer) => fromBinary(method.input, bytes),
      method.responseStream ? 'serverStream' : 'unary',
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, stop: () => server.forceShutdown() };
}

function serialize(method: MethodContract, answer: Answer): Buffer {
  return Buffer.from(toBinary(method.output, create(method.output, answer)));
}
