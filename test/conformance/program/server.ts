/** The server under test: one for each run of this program, as the request on standard input asks. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { applyPatch } from '../../../mesh/runtime/patches/applyPatches.ts';
import { rejectNonGrpcRequests } from '../../../mesh/runtime/patches/rejectNonGrpcRequests.ts';
import { addImplementation } from '../../../mesh/runtime/server/addImplementation.ts';
import { testEnvironment } from '../../../mesh/runtime/testing/testEnvironment.ts';
import {
  ServerCompatRequest,
  ServerCompatResponse,
} from '../gen/connectrpc/conformance/v1/server_compat.ts';
import { conformanceService } from './conformanceService.ts';
import { readFrames, writeFrame } from './frames.ts';

const fail = (_: unknown, message?: string) => {
  throw new Error(message);
};
await applyPatch(rejectNonGrpcRequests, { log: { info: fail, warn: fail } });

for await (const frame of readFrames(process.stdin)) {
  const request = ServerCompatRequest.decode(frame);
  const limit = request.messageReceiveLimit;
  const server = new Server(limit > 0 ? { 'grpc.max_receive_message_length': limit } : {});
  const { environment } = await testEnvironment();
  addImplementation(server, environment, conformanceService, () => () => {});
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentialsOf(request), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const pemCert = request.serverCreds?.cert ?? Buffer.alloc(0);
  const response = ServerCompatResponse.create({ host: '127.0.0.1', port, pemCert });
  writeFrame(process.stdout, ServerCompatResponse.encode(response).finish());
}

function credentialsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest) {
  if (!useTls || !serverCreds) return ServerCredentials.createInsecure();
  const mutual = clientTlsCert.length > 0;
  const pair = { cert_chain: serverCreds.cert, private_key: serverCreds.key };
  return ServerCredentials.createSsl(mutual ? clientTlsCert : null, [pair], mutual);
}
