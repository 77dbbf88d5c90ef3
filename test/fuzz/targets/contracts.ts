import assert from 'node:assert/strict';
import { type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import type fc from 'fast-check';
import { Contracts } from '../../../mesh/contracts/index.ts';
import type { MessageType } from '../../../mesh/runtime/rpc/GrpcService.ts';
import { RpcError } from '../../../mesh/runtime/rpc/RpcError.ts';
import { arbitraryMessage } from '../../../mesh/runtime/testing/arbitraryMessage.ts';
import { tsProtoForm } from '../../../mesh/runtime/testing/tsProtoForm.ts';
import { Validator } from '../../../mesh/runtime/validation/Validator.ts';
import * as echo from '../../../proto/gen/bench/v1/echo.ts';
import * as ticks from '../../../proto/gen/bench/v1/ticks.ts';
import * as risk from '../../../proto/gen/examples/v1/risk.ts';
import * as errorDetails from '../../../proto/gen/google/rpc/error_details.ts';
import * as status from '../../../proto/gen/google/rpc/status.ts';
import * as health from '../../../proto/gen/grpc/health/v1/health.ts';
import * as reflection from '../../../proto/gen/grpc/reflection/v1/reflection.ts';
import * as plainMarketData from '../../../proto/gen/market/market.ts';
import * as analytics from '../../../proto/gen/market/v1/analytics.ts';
import * as enriched from '../../../proto/gen/market/v1/enriched.ts';
import * as history from '../../../proto/gen/market/v1/history.ts';
import * as market from '../../../proto/gen/market/v1/market.ts';
import * as marketData from '../../../proto/gen/market/v1/market_data.ts';
import * as optionAnalytics from '../../../proto/gen/market/v1/option_analytics.ts';
import * as optionMarket from '../../../proto/gen/market/v1/option_market.ts';
import * as priceAlert from '../../../proto/gen/market/v1/price_alert.ts';
import * as trading from '../../../proto/gen/market/v1/trading.ts';
import { generate } from '../ByteRandom.ts';
import type { FuzzTarget, FuzzTargetPair } from '../FuzzTarget.ts';

const generated: Readonly<Record<string, object>> = {
  ...{ 'bench/v1/echo': echo, 'bench/v1/ticks': ticks, 'examples/v1/risk': risk },
  ...{ 'google/rpc/status': status, 'google/rpc/error_details': errorDetails },
  ...{ 'grpc/health/v1/health': health, 'grpc/reflection/v1/reflection': reflection },
  ...{
    'market/market': plainMarketData,
    'market/v1/analytics': analytics,
    'market/v1/market': market,
    'market/v1/market_data': marketData,
    'market/v1/option_market': optionMarket,
    'market/v1/enriched': enriched,
    'market/v1/history': history,
    'market/v1/option_analytics': optionAnalytics,
    'market/v1/price_alert': priceAlert,
    'market/v1/trading': trading,
  },
};

interface Kind {
  readonly desc: DescMessage;
  readonly type: MessageType<unknown>;
  readonly arbitrary: fc.Arbitrary<Message>;
  /** Of a method that takes it: it does not get to the handler when this throws. */
  readonly check: ReturnType<Validator['checkOf']> | undefined;
}

/** All messages of the contracts that services exchange, as ts-proto has generated them. */
function kindsOf(contracts: Contracts): Kind[] {
  const validator = new Validator(contracts);
  const kinds: Kind[] = [];
  for (const desc of contracts.registry) {
    if (desc.kind !== 'message') continue;
    const module = generated[desc.file.name] as Record<string, MessageType<unknown>> | undefined;
    const name = desc.typeName.slice(desc.file.proto.package.length + 1).replaceAll('.', '_');
    const type = module?.[name];
    if (!type) continue;
    const path = contracts.methods.find(({ input }) => input === desc)?.path;
    kinds.push({
      ...{ desc, type, arbitrary: arbitraryMessage(desc) },
      check: path === undefined ? undefined : validator.checkOf(path),
    });
  }
  return kinds;
}

/** The messages of the contracts: our codec and a second one understand each other, and no rule can be passed by. */
function contracts(
  decoderOf: (type: MessageType<unknown>) => (bytes: Uint8Array) => unknown,
): FuzzTarget {
  const loaded = Contracts.load();
  const kinds = kindsOf(loaded);
  assert.ok(kinds.length > 40, `${kinds.length} messages`);
  const { validate } = createValidator({ registry: loaded.registry });
  return {
    name: 'contracts',
    covers: [
      '/proto/gen/',
      '/proto/packed/',
      '/mesh/runtime/validation/',
      '/protobuf/dist/esm/wire/',
    ],

    check([which = 0, how = 0, ...rest]) {
      const kind = kinds[which % kinds.length] as Kind;
      const { desc, type, arbitrary, check } = kind;
      const decode = decoderOf(type);
      const bytes = Uint8Array.from(rest);
      let wire = bytes;
      if (how % 2 === 0) {
        // What another library writes, we read.
        const message = generate(arbitrary, bytes);
        wire = toBinary(desc, message);
        assert.deepEqual(plain(decode(wire)), plain(tsProtoForm(desc, fromBinary(desc, wire))));
      }
      let ours: unknown;
      try {
        ours = decode(wire);
      } catch (error) {
        assert.ok(error instanceof Error, `${error}`);
        return [`${desc.name}: ${error.name} ${error.message.slice(0, 20)}`];
      }
      // What we write, another library reads as we have meant it.
      const again = type.encode(ours).finish();
      const theirs = fromBinary(desc, again);
      assert.deepEqual(plain(tsProtoForm(desc, theirs)), plain(ours));
      if (!check) return [];
      let refused: unknown;
      try {
        check(ours, () => again);
      } catch (error) {
        refused = error;
      }
      const isValid = validate(desc, theirs).kind === 'valid';
      assert.equal(refused === undefined, isValid, `${desc.name}: ${refused}`);
      assert.ok(isValid || refused instanceof RpcError, `${refused}`);
      return [`${desc.name} ${isValid}`];
    },
  };
}

/** Bytes are a Buffer to one and a Uint8Array to the other; a zero below zero is a default to one, and not to the other. */
function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

export const contractsTargets: FuzzTargetPair = {
  shows: /values to be strictly deep-equal/,
  real: contracts((type) => (bytes) => type.decode(bytes)),
  // Forgets the last of several numbers in a column.
  planted: contracts((type) => (bytes) => {
    const message = type.decode(bytes) as Record<string, unknown>;
    for (const value of Object.values(message)) {
      if (Array.isArray(value) && value.length > 1 && typeof value[0] === 'number') value.pop();
    }
    return message;
  }),
};
