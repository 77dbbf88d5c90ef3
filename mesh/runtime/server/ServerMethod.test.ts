import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import {
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
  TickBatch,
} from '@weft/proto/market/v1/market_data';
import { MethodCodec } from '../rpc/MethodCodec.ts';
import { RpcError } from '../rpc/RpcError.ts';
import { Validator } from '../validation/Validator.ts';
import { ServerMethod } from './ServerMethod.ts';

const PATH = '/market.v1.MarketDataService/StreamMarketData';
const contracts = Contracts.load();
const codec = new MethodCodec(
  MarketDataServiceDefinition,
  MarketDataServiceDefinition.methods.streamMarketData,
);
const method = new ServerMethod(codec, new Validator(contracts).checkOf(PATH));

const batch = (value: Partial<TickBatch>) =>
  StreamMarketDataRequest.encode({
    message: { $case: 'batch', value: TickBatch.fromPartial(value) },
  }).finish();

test('a request that is right only when a part which it holds twice is merged does not get to the handler', () => {
  const good = batch({
    symbols: ['A'],
    symbolIndex: [0],
    price: [1],
    size: [0],
    ageUs: [0],
    latestEventTime: { seconds: 1, nanos: 0 },
    firstSequence: 1,
  });
  assert.ok(method.read(good));
  // The handler gets the last one.
  assert.throws(
    () => method.read(Buffer.concat([good, batch({})])),
    (error: unknown) => error instanceof RpcError && error.code === Status.INVALID_ARGUMENT,
  );
});
