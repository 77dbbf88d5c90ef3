import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { Contracts } from '../../../mesh/contracts/index.ts';
import { implement } from '../../../mesh/runtime/server/implement.ts';
import type { RequestCheck } from '../../../mesh/runtime/server/ServerMethod.ts';
import { arbitraryMessage } from '../../../mesh/runtime/testing/arbitraryMessage.ts';
import { frame as messageFrame } from '../../../mesh/runtime/testing/rawCall.ts';
import { TestServer } from '../../../mesh/runtime/testing/TestServer.ts';
import { unimplemented } from '../../../mesh/runtime/testing/testServices.ts';
import { tsProtoForm } from '../../../mesh/runtime/testing/tsProtoForm.ts';
import { Validator } from '../../../mesh/runtime/validation/Validator.ts';
import {
  MarketDataServiceDefinition,
  SendMarketDataRequest,
} from '../../../proto/gen/market/v1/market_data.ts';
import { frame, GREETING, GRPC_CALL, TYPE } from '../../support/http2Frames.ts';
import { generate } from '../ByteRandom.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

const PATH = '/market.v1.MarketDataService/SendMarketData';
/** OK, and what docs/services.md says that a server answers of itself; anything else is a crash or a leak of one. */
const STATUSES = ['0', '1', '3', '4', '8', '12', '13'];
const PING = Buffer.from('fuzzing?');
const WITHIN_MS = 10_000;

const headers = fc.record(
  {
    ':path': fc.constantFrom(PATH, `${PATH}/`, '/', '/x.v1.X/Y', PATH.toLowerCase()),
    ':method': fc.constantFrom('POST', 'GET', 'PUT', 'OPTIONS'),
    'content-type': fc.constantFrom(
      'application/grpc',
      'application/grpc+proto',
      'application/json',
      'text/plain',
    ),
    'grpc-encoding': fc.constantFrom('identity', 'gzip', 'deflate', 'rot13'),
    'grpc-timeout': fc.constantFrom('1S', '10m', '99999999H', '0n', '-1S', 'x', '1'),
    traceparent: fc.oneof(
      fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
      fc.stringMatching(/^[ -~]{0,60}$/),
    ),
    tracestate: fc.stringMatching(/^[ -~]{0,60}$/),
    'weft-principal': fc.constantFrom('a.b.c', 'user:%', ','),
    'x-bin': fc.constantFrom('AAAA', '!', 'AA,AA'),
  },
  { requiredKeys: [] },
);

/** A server of the runtime: whatever comes over HTTP/2, it answers by a status that is documented, and goes on serving. */
function rpc(checkOf: (check: RequestCheck) => RequestCheck): FuzzTarget {
  const contracts = Contracts.load();
  const input = contracts.method(PATH)?.input;
  assert.ok(input);
  const { validate } = createValidator({ registry: contracts.registry });
  const call = fc.record({
    headers: fc.option(headers, { freq: 1, nil: {} }),
    message: fc.oneof(
      arbitraryMessage(input).map((message) =>
        // As our own clients write it; a message that they cannot write is an empty one.
        SendMarketDataRequest.encode(
          SendMarketDataRequest.fromPartial(tsProtoForm(input, message)),
        ).finish(),
      ),
      fc.uint8Array({ maxLength: 60 }),
    ),
    frames: fc.array(
      fc.record({
        flag: fc.constantFrom(0, 0, 0, 1, 2, 255),
        length: fc.constantFrom(undefined, undefined, undefined, 0, 1, 5_000_000, 0xffff_ffff),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });
  let server: TestServer;
  let session: ClientHttp2Session;
  const handled: unknown[] = [];

  const send = async (extra: object, bytes: Uint8Array): Promise<IncomingHttpHeaders> => {
    if (session.closed || session.destroyed) session = await openSession(server);
    const usual = {
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
    };
    const stream = session.request({ ...usual, ...extra }, { endStream: false });
    let header: IncomingHttpHeaders = {};
    stream.on('error', () => {});
    stream.on('response', (got) => {
      header = { ...got, ...header };
    });
    stream.on('trailers', (got) => {
      header = { ...header, ...got };
    });
    stream.resume();
    const closed = once(stream, 'close');
    stream.end(bytes);
    await within(closed, 'a call has no end');
    return header;
  };

  return {
    name: 'rpc',
    covers: ['/mesh/runtime/', '/grpc-js/'],

    async start() {
      const validator = new Validator(contracts);
      server = await TestServer.start(
        implement(MarketDataServiceDefinition, {
          async sendMarketData(request) {
            handled.push(request);
            return { success: true };
          },
          streamMarketData: unimplemented,
        }),
        checkOf(validator.checkOf(PATH)),
        { contractOf: (path) => contracts.method(path) },
      );
      session = await openSession(server);
      return {
        async [Symbol.asyncDispose]() {
          session.destroy();
          await server.stop();
        },
      };
    },

    async check([how = 0, ...rest]) {
      server.lines.length = 0;
      handled.length = 0;
      const bytes = Uint8Array.from(rest);
      if (how % 4 === 3) {
        await shout(server.address, bytes);
        const good = SendMarketDataRequest.fromPartial({
          assetSymbol: 'A',
          price: 1,
          timestamp: { seconds: 1 },
        });
        const after = await send({}, messageFrame(SendMarketDataRequest.encode(good).finish()));
        assert.equal(after['grpc-status'], '0', 'others are not served any more');
        return ['noise'];
      }
      const { headers: extra, message, frames } = generate(call, bytes);
      const body = Buffer.concat(
        frames.map(({ flag, length }) => {
          const framed = messageFrame(message, flag);
          if (length !== undefined) framed.writeUInt32BE(length, 1);
          return framed;
        }),
      );
      const answer = await send(extra, body);
      const code = answer['grpc-status'];
      const features = [`${answer[':status']} ${code} ${answer['grpc-message']?.slice(0, 20)}`];
      const errors = server.lines.filter(({ level }) => level === 'error');
      assert.deepEqual(errors, [], 'what a caller does wrong is an error of the service');
      if (code !== undefined)
        assert.ok(STATUSES.includes(`${code}`), `status ${code}: ${answer['grpc-message']}`);
      else
        assert.ok(
          Number(answer[':status']) !== 200,
          `neither status nor refusal: ${JSON.stringify(answer)}`,
        );
      const isPlain = Object.keys(extra).length === 0 && frames.length === 1;
      const [first] = frames;
      if (!isPlain || first?.flag !== 0 || first.length !== undefined) return features;
      assert.equal(handled.length, code === '0' ? 1 : 0);
      for (const request of handled) {
        const encoded = SendMarketDataRequest.encode(request as SendMarketDataRequest).finish();
        const { kind }: { kind: string } = validate(input, fromBinary(input, encoded));
        assert.equal(kind, 'valid', `an invalid request is served: ${JSON.stringify(request)}`);
      }
      return features;
    },
  };
}

async function openSession({ address }: TestServer): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://${address}`);
  session.on('error', () => {});
  await once(session, 'connect');
  return session;
}

/** Says what is no HTTP/2 on a connection of its own, and waits until the other side hangs up or has read it. */
async function shout(address: string, noise: Uint8Array): Promise<void> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  await once(socket, 'connect');
  const hungUp = new Promise((resolve) => socket.once('close', resolve));
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      if (data.includes(PING)) resolve();
    });
  });
  const call = frame(TYPE.headers, 4, 1, GRPC_CALL);
  socket.write(Buffer.concat([GREETING, call, noise]));
  // Whatever the noise has begun ends, so that the ping is read as one or as an error.
  socket.end(Buffer.concat([Buffer.alloc(0), frame(TYPE.ping, 0, 0, PING)]));
  await within(Promise.race([hungUp, answered]), 'noise keeps a connection open');
  socket.destroy();
}

async function within(done: Promise<unknown>, problem: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(problem)), WITHIN_MS);
  try {
    await Promise.race([done, promise]);
  } finally {
    clearTimeout(timer);
  }
}

export const rpcTargets: FuzzTargetPair = {
  shows: /an invalid request is served/,
  real: rpc((check) => check),
  // Has a rule passed by when the request says a size.
  planted: rpc((check) => (request, encoded) => {
    if ((request as SendMarketDataRequest).size === undefined) check(request, encoded);
  }),
};
