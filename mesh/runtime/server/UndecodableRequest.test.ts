import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { status as Status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import fc from 'fast-check';
import { RpcError } from '../rpc/RpcError.ts';
import { rawCall } from '../testing/rawCall.ts';
import { TestServer } from '../testing/TestServer.ts';
import { unimplemented } from '../testing/testServices.ts';
import { implement } from './implement.ts';
import { UndecodableRequest } from './UndecodableRequest.ts';

const SEND = '/market.v1.MarketDataService/SendMarketData';
const STREAM = '/market.v1.MarketDataService/StreamMarketData';
const contracts = Contracts.load();
const typeOf = (path: string) => {
  const type = contracts.method(path)?.input;
  assert.ok(type);
  return type;
};

/** A request as a library with real 64-bit integers writes it. */
const batchBytes = (batch: object) =>
  toBinary(
    typeOf(STREAM),
    create(typeOf(STREAM), { message: { case: 'batch', value: batch } } as never),
  );
const sendBytes = (timestamp: object) =>
  toBinary(typeOf(SEND), create(typeOf(SEND), { assetSymbol: 'A', price: 1, timestamp } as never));

describe('a request that cannot be decoded', () => {
  async function answerTo(t: TestContext, message: Uint8Array) {
    const server = await TestServer.start(
      implement(MarketDataServiceDefinition, {
        sendMarketData: unimplemented,
        streamMarketData: unimplemented,
      }),
      undefined,
      { contractOf: (path) => contracts.method(path) },
    );
    t.after(() => server.stop());
    const { trailer } = await rawCall(server.address, { ':path': SEND }, message);
    return {
      code: Number(trailer['grpc-status']),
      message: decodeURIComponent(`${trailer['grpc-message']}`),
      line: server.lines.at(-1),
    };
  }

  test('for a number beyond 2^53 says which field it is, and is no error of the service', async (t) => {
    const { code, message, line } = await answerTo(t, sendBytes({ seconds: 2n ** 53n, nanos: 0 }));
    assert.equal(code, Status.INVALID_ARGUMENT);
    assert.match(message, /^timestamp\.seconds: must be between -9007199254740991 and 9007/);
    assert.equal(line?.level, 'info');
  });

  test('for bytes that are no message is INTERNAL, as of any gRPC library, and no error in the log', async (t) => {
    const { code, message, line } = await answerTo(t, Buffer.from([0x0a, 0x7f]));
    assert.equal(code, Status.INTERNAL);
    assert.equal(message, 'the request could not be decoded');
    assert.equal(line?.level, 'info');
    assert.match(JSON.stringify(line?.err), /offset|premature|EOF|range/i);
  });
});

const failing = (bytes: Uint8Array, path = STREAM) =>
  UndecodableRequest.from(bytes, typeOf(path), new Error('why'));

test('each number that is too large is named where it stands, also in a column', () => {
  const error = failing(
    batchBytes({ ageUs: [1n, 2n ** 53n, 2n ** 64n - 1n], firstSequence: 2n ** 60n }),
  );
  const [bad, info] = error.details as unknown as [
    { value: { fieldViolations: { field: string; reason: string }[] } },
    { value: { reason: string; domain: string } },
  ];
  assert.deepEqual(
    bad.value.fieldViolations.map(({ field }) => field),
    ['batch.age_us[1]', 'batch.age_us[2]', 'batch.first_sequence'],
  );
  assert.deepEqual(
    [info.value.reason, info.value.domain, bad.value.fieldViolations[0]?.reason],
    ['NUMBER_OUT_OF_RANGE', 'weft', 'NUMBER_OUT_OF_RANGE'],
  );
});

test('a caller cannot make an answer of a thousand lines', () => {
  const error = failing(batchBytes({ ageUs: new Array(1_000).fill(2n ** 60n) }));
  assert.ok(error.details.length > 0 && error.message.length < 200);
  const [bad] = error.details as unknown as [{ value: { fieldViolations: unknown[] } }];
  assert.equal(bad.value.fieldViolations.length, 10);
});

test('whatever bytes come, the answer is a status that names the caller’s mistake', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const error = failing(bytes);
      assert.ok(error instanceof RpcError);
      assert.ok(error.code === Status.INTERNAL || error.code === Status.INVALID_ARGUMENT);
    }),
  );
});
