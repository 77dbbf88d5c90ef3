import { once } from 'node:events';
import { connect } from 'node:http2';
import {
  experimental,
  Metadata,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { callBeforeDrain } from '../../mesh/runtime/testing/callBeforeDrain.ts';
import { rawCall } from '../../mesh/runtime/testing/rawCall.ts';
import { shakeHandsAfterDrain } from '../../mesh/runtime/testing/shakeHandsAfterDrain.ts';
import { writesOfAnswer } from '../../mesh/runtime/testing/writesOfAnswer.ts';
import { callUnary, plainClient, plainServer, UNARY } from './plainGrpc.ts';
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

upstreamBug(
  {
    library,
    symptom: 'a server answers 415 to all that is no gRPC, and hands it to nobody',
    workaround: 'mesh/runtime/patches/serveHttpStreams.ts',
  },
  async (t) => {
    const { address } = await plainServer(t, { unary: succeed });
    const session = connect(`http://${address}`);
    t.after(() => session.destroy());
    const [headers] = await once(session.request({ ':path': '/docs' }), 'response');
    return headers[':status'] === 415;
  },
);

upstreamBug(
  {
    library,
    symptom: "a server's flow-control windows cannot be widened",
    workaround: 'mesh/runtime/patches/widenFlowControlWindows.ts',
  },
  async (t) => {
    const options = { 'grpc-node.flow_control_window': 1_048_576 };
    const { address } = await plainServer(t, { unary: succeed }, undefined, options);
    const session = connect(`http://${address}`);
    t.after(() => session.destroy());
    const [settings] = await once(session, 'remoteSettings');
    return settings.initialWindowSize === 65_535;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a connection that shakes hands after its server has drained is served',
    workaround: 'mesh/runtime/patches/endConnectionsAfterDrain.ts',
  },
  (t) => shakeHandsAfterDrain(t),
);

upstreamBug(
  {
    library,
    symptom: "what an interceptor of the credentials denies is seen by none of the server's",
    workaround: 'mesh/runtime/patches/wrapRbacFilter.ts',
  },
  async (t) => {
    // As grpc-js-xds' RBAC filter does it.
    const deny: ServerInterceptor = (_, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata: () =>
              call.sendStatus({ code: Status.PERMISSION_DENIED, details: 'no' }),
          }),
      });
    let seen = 0;
    const watch: ServerInterceptor = (_, call) => {
      return new ServerInterceptingCall(call, {
        sendStatus: (status, next) => {
          seen += 1;
          next(status);
        },
      });
    };
    const credentials = experimental.createServerCredentialsWithInterceptors(
      ServerCredentials.createInsecure(),
      [deny],
    );
    const { address } = await plainServer(t, { unary: succeed }, credentials, {
      interceptors: [watch],
    });
    const { code } = await callUnary(plainClient(t, address), 30_000);
    return code === Status.PERMISSION_DENIED && seen === 0;
  },
);
