import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { Contracts } from '@weft/mesh/contracts';
import {
  SendMarketDataRequest,
  StreamMarketDataRequest,
  type TickBatch,
} from '@weft/proto/market/v1/market_data';
import { RpcError } from '../rpc/RpcError.ts';
import { Validator } from './Validator.ts';

const validator = new Validator(Contracts.load());
const send = validator.checkOf('/market.v1.MarketDataService/SendMarketData');
const stream = validator.checkOf('/market.v1.MarketDataService/StreamMarketData');

const good: SendMarketDataRequest = {
  assetSymbol: 'SP500',
  price: 1,
  timestamp: { seconds: 1, nanos: 0 },
  size: undefined,
};
const batch: TickBatch = {
  symbols: ['SP500'],
  symbolIndex: [0, 0],
  price: [1, 2],
  size: [0, 1],
  latestEventTime: { seconds: 1, nanos: 0 },
  ageUs: [1, 0],
  firstSequence: 1,
  sequenceStep: [],
};

function sent(request: SendMarketDataRequest): void {
  const bytes = SendMarketDataRequest.encode(request).finish();
  send(SendMarketDataRequest.decode(bytes), () => bytes);
}

function streamed(value: TickBatch): void {
  const bytes = StreamMarketDataRequest.encode({ message: { $case: 'batch', value } }).finish();
  stream(StreamMarketDataRequest.decode(bytes), () => bytes);
}

const refused = (check: () => void, ...fields: string[]) =>
  assert.throws(check, (error: unknown) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Status.INVALID_ARGUMENT);
    const [detail] = error.details;
    assert.equal(detail?.type, 'google.rpc.BadRequest');
    const value = detail.value as { fieldViolations: { field: string; description: string }[] };
    assert.deepEqual(
      value.fieldViolations.map(({ field }) => field),
      fields,
    );
    assert.equal(error.message, `${fields[0]}: ${value.fieldViolations[0]?.description}`);
    return true;
  });

test('a request that obeys its contract passes', () => {
  sent(good);
  streamed(batch);
});

test('a request that does not is INVALID_ARGUMENT, and each field is named as in the .proto', () => {
  refused(() => sent({ ...good, assetSymbol: '' }), 'asset_symbol', 'asset_symbol');
  refused(() => sent({ ...good, price: -1 }), 'price');
  refused(() => sent({ ...good, price: Number.NaN }), 'price', 'price');
  refused(() => sent({ ...good, size: -1 }), 'size');
  refused(() => sent({ ...good, timestamp: undefined }), 'timestamp');
  refused(() => sent({ ...good, price: 0, size: Infinity }), 'price', 'size');
});

const tickers = [
  ...['SP500', 'M&M.NS', '^GSPC', '$SPX', 'ES=F', 'BRK.B', 'BTC-USD', 'BTC/USD', '.DJI', '/ES'],
  ...['BINANCE:BTC_USDT', '1'],
];
for (const assetSymbol of tickers) {
  test(`the ticker ${assetSymbol} passes`, () => {
    sent({ ...good, assetSymbol });
    streamed({ ...batch, symbols: [assetSymbol] });
  });
}

test('a refused symbol is shown, with the characters that are allowed', () => {
  for (const assetSymbol of ['M M', '..', '.', '-A', 'A;B', 'Ä', 'A\n', "A'", '^^A']) {
    const words =
      `: ${JSON.stringify(assetSymbol)} is not of the form ^[.^$/]?[A-Za-z0-9][A-Za-z0-9.&^$=/:_-]*$: ` +
      'allowed are letters, digits and . ^ $ / & = : _ -';
    assert.throws(() => sent({ ...good, assetSymbol }), { message: `asset_symbol${words}` });
    assert.throws(() => streamed({ ...batch, symbols: ['A', assetSymbol] }), {
      message: `batch.symbols[1]${words}`,
    });
  }
});

test('a time in the future is refused, by the rule in CEL', () => {
  const seconds = Math.floor(Date.now() / 1_000);
  sent({ ...good, timestamp: { seconds: seconds + 30, nanos: 0 } });
  refused(() => sent({ ...good, timestamp: { seconds: seconds + 90, nanos: 0 } }), 'timestamp');
});

test('one bad entry of a column is found, and its place named', () => {
  const price = Array.from({ length: 5_000 }, () => 1);
  price[4_321] = Number.NaN;
  refused(() => streamed({ ...batch, price }), 'batch.price[4321]', 'batch.price[4321]');
  refused(() => streamed({ ...batch, symbols: ['A', 'A'] }), 'batch.symbols');
  refused(() => streamed({ ...batch, symbolIndex: Array(65_537).fill(0) }), 'batch.symbol_index');
});

test('a message without its oneof is refused', () => {
  const bytes = new Uint8Array();
  refused(() => stream(StreamMarketDataRequest.decode(bytes), () => bytes), 'message');
});

test('a method that the contracts do not have cannot be checked', () => {
  assert.throws(() => validator.checkOf('/no.Such/Method'), /no method \/no\.Such\/Method/);
});
