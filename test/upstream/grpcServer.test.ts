import {
  Metadata,
  type ServerUnaryCall,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { callBeforeDrain } from '../../mesh/runtime/testing/callBeforeDrain.ts';
import { rawCall } from '../../mesh/runtime/testing/rawCall.ts';
import { writesOfAnswer } from '../../mesh/runtime/testing/writesOfAnswer.ts';
import { plainServer, UNARY } from './plainGrpc.ts';
import { upstreamBug } from './upstreamBug.ts';

const library = '@grpc/grpc-js';
type Call = ServerUnaryCall<Buffer, Buffer>;
type Callback = sendUnaryData<Buffer>;

const succeed = (call: Call, callback: Callback) => callback(null, call.request);

upstreamBug(
  {
    library,
    symptom: 'a server sends grpc-message with success',
    workaround: 'mesh/runtime/server/Trailer.ts (SuccessTrailer)',
  },
  async (t) => {
    const { address } = await plainServer(t, { unary: succeed });
    const { trailer } = await rawCall(address, { ':path': UNARY });
    return trailer['grpc-message'] === 'OK';
  },
);

upstreamBug(
  {
    library,
    symptom: 'binary trailers are padded',
    workaround: 'mesh/runtime/server/Trailer.ts (Trailer)',
  },
  async (t) => {
    const trailer = new Metadata();
    trailer.set('a-bin', Buffer.from([255]));
    const { address } = await plainServer(t, {
      unary: (call: Call, callback: Callback) => callback(null, call.request, trailer),
    });
    return (await rawCall(address, { ':path': UNARY })).trailer['a-bin'] === '/w==';
  },
);

upstreamBug(
  {
    library,
    symptom: 'a status message of broken Unicode throws at the server',
    workaround: 'mesh/runtime/rpc/RpcError.ts (toWellFormed)',
  },
  async (t) => {
    let thrown: unknown;
    const { address } = await plainServer(t, {
      unary: (_: Call, callback: Callback) => {
        try {
          callback({ code: Status.NOT_FOUND, details: '\ud800' });
        } catch (error) {
          thrown = error;
          callback({ code: Status.NOT_FOUND, details: 'mended' });
        }
      },
    });
    await rawCall(address, { ':path': UNARY });
    return thrown instanceof URIError;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a server takes any HTTP method and any message encoding',
    workaround: 'mesh/runtime/patches/rejectNonGrpcRequests.ts',
  },
  async (t) => {
    let calls = 0;
    const { address } = await plainServer(t, {
      unary: (call: Call, callback: Callback) => {
        calls += 1;
        succeed(call, callback);
      },
    });
    await rawCall(address, { ':path': UNARY, ':method': 'DELETE' });
    await rawCall(address, { ':path': UNARY, 'content-type': 'application/grpc+json' });
    return calls > 0;
  },
);

upstreamBug(
  {
    library,
    symptom: 'the trailer of a unary call leaves after its message',
    workaround: 'mesh/runtime/patches/coalesceUnaryResponse.ts (and submitTrailers.ts: Node)',
  },
  async (t) => {
    const { server } = await plainServer(t, { unary: succeed });
    return (await writesOfAnswer(server, UNARY)).length > 1;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a server that drains a connection refuses calls that it has not read',
    workaround: 'mesh/runtime/patches/drainAfterRead.ts',
  },
  () =>
    callBeforeDrain().then(
      () => false,
      (error) => error.message.includes('REFUSED_STREAM'),
    ),
);
