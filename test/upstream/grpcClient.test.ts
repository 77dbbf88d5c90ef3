import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import {
  Channel,
  credentials,
  Metadata,
  type ServerUnaryCall,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { frame } from '../../mesh/runtime/testing/rawCall.ts';
import { callUnary, openStream, plainClient, plainServer, rawServer, STREAM } from './plainGrpc.ts';
import { upstreamBug } from './upstreamBug.ts';

const library = '@grpc/grpc-js';
const EMPTY = new Uint8Array();
const SLOW_MS = 5_000;

/** Answers with frames and a status, all at once. */
function answer(
  stream: ServerHttp2Stream,
  frames: Buffer[],
  status: Status,
  encoding = 'identity',
) {
  stream.respond(
    { 'content-type': 'application/grpc', 'grpc-encoding': encoding },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
  stream.end(Buffer.concat(frames));
}

upstreamBug(
  {
    library,
    symptom: 'responses just before a failure are lost',
    workaround: 'mesh/runtime/patches/deliverMessagesBeforeStatus.ts',
  },
  async (t) => {
    const address = await rawServer(t, (stream) =>
      answer(stream, [frame(EMPTY), frame(EMPTY)], Status.ABORTED),
    );
    const channel = new Channel(address, credentials.createInsecure(), {});
    t.after(() => channel.close());
    const call = channel.createCall(STREAM, Infinity, null, null, null);
    let responses = 0;
    await new Promise((resolve) => {
      call.start(new Metadata(), {
        onReceiveMetadata: () => {},
        onReceiveMessage: () => {
          responses += 1;
          // A reader that takes its time: the status has long come.
          setTimeout(() => call.startRead(), SLOW_MS).unref();
        },
        onReceiveStatus: resolve,
      });
      call.startRead();
      call.halfClose();
    });
    return responses < 2;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a unary call that is answered twice never ends',
    workaround: 'mesh/runtime/client/ClientCall.ts (#receive)',
  },
  async (t) => {
    const address = await rawServer(t, (stream) =>
      answer(stream, [frame(EMPTY), frame(EMPTY)], Status.OK),
    );
    const { code } = await callUnary(plainClient(t, address), 1_000);
    return code === Status.DEADLINE_EXCEEDED;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a message compressed in an unknown way ends the call without a code',
    workaround: 'mesh/runtime/client/ClientCall.ts (failureOf)',
  },
  async (t) => {
    const address = await rawServer(t, (stream) =>
      answer(stream, [frame(EMPTY, 1)], Status.OK, 'zstd'),
    );
    const { code, failed } = await callUnary(plainClient(t, address), 30_000);
    return failed && code === undefined;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a client stream that is cancelled looks complete before it is reset',
    workaround: 'mesh/runtime/server/serveStream.ts (GONE_WITHIN_MS)',
  },
  async (t) => {
    const seen: string[] = [];
    const closed = Promise.withResolvers<void>();
    const address = await rawServer(t, (stream) => {
      stream.on('error', () => {});
      stream.on('end', () => seen.push('end'));
      stream.on('aborted', () => seen.push('aborted'));
      stream.on('close', () => closed.resolve());
      stream.resume();
      stream.respond({ 'content-type': 'application/grpc' });
    });
    const call = openStream(plainClient(t, address));
    call.on('error', () => {});
    call.write(Buffer.alloc(0));
    await once(call, 'metadata');
    call.cancel();
    await closed.promise;
    return seen[0] === 'end';
  },
);

upstreamBug(
  {
    library,
    symptom: 'keepalive cuts the calls of a connection that is drained',
    workaround: 'mesh/runtime/patches/keepaliveWhileDraining.ts',
  },
  async (t) => {
    const keepalive = { 'grpc.keepalive_time_ms': 50, 'grpc.keepalive_timeout_ms': 50 };
    const started = Promise.withResolvers<void>();
    const { server, address } = await plainServer(
      t,
      {
        unary: async (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
          started.resolve();
          await sleep(500);
          callback(null, call.request);
        },
      },
      undefined,
      keepalive,
    );
    const response = callUnary(plainClient(t, address, undefined, keepalive), 30_000);
    await started.promise;
    server.drain(address, 10_000);
    return (await response).failed;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a message of a stream is taken before it is written, though no retry can follow',
    workaround: 'mesh/runtime/patches/bypassRetryBufferOnceCommitted.ts',
  },
  async (t) => {
    const address = await rawServer(t, (stream) => {
      stream.on('error', () => {});
      stream.respond({ 'content-type': 'application/grpc' });
    });
    const call = openStream(plainClient(t, address));
    call.on('error', () => {});
    call.write(Buffer.alloc(0));
    await once(call, 'metadata');
    // The server reads nothing, and its window holds 64 KiB.
    const taken = Array.from({ length: 32 }, () => {
      return new Promise((resolve) => call.write(Buffer.alloc(16_384), resolve));
    });
    const all = await Promise.race([Promise.all(taken), sleep(SLOW_MS, undefined, { ref: false })]);
    call.cancel();
    return all !== undefined;
  },
);

upstreamBug(
  {
    library,
    symptom: 'a connection that hangs before its first settings is waited for without end',
    workaround: 'mesh/runtime/patches/connectTimeout.ts',
  },
  async (t) => {
    const connections: Socket[] = [];
    const server = createServer((socket) => connections.push(socket.resume()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      for (const connection of connections) connection.destroy();
      server.close();
    });
    // Ten minutes pass in no time.
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const client = plainClient(t, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    client.getChannel().getConnectivityState(true);
    const [connection] = await once(server, 'connection');
    for (let minute = 0; minute < 10; minute++) {
      t.mock.timers.tick(60_000);
      await turn();
    }
    const waits = !connection.closed && connections.length === 1;
    t.mock.timers.reset();
    return waits;
  },
);
