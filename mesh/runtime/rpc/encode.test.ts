import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import { AssetSummary } from '@weft/proto/market/v1/analytics';
import { encode } from './encode.ts';

const summary = (assetSymbol: string): AssetSummary =>
  AssetSummary.create({ assetSymbol, count: 3 });

test('messages of all sizes come out as they would alone', () => {
  for (const length of [0, 1, 100, 100_000, 2_000_000, 5]) {
    const message = summary('x'.repeat(length));
    assert.deepEqual(
      new Uint8Array(encode(AssetSummary, message)),
      AssetSummary.encode(message).finish(),
    );
  }
});

test('bytes that were given out do not change', () => {
  const first = encode(AssetSummary, summary('first'));
  const copy = Buffer.from(first);
  encode(AssetSummary, summary('other'));
  assert.deepEqual(first, copy);
});

test('an encoder that throws leaves nothing behind', () => {
  const broken = {
    encode(_: unknown, writer?: BinaryWriter): never {
      writer?.uint32(10).string('left over');
      throw new Error('broken');
    },
    decode: () => ({}),
  };
  assert.throws(() => encode(broken, {}), /broken/);
  const message = summary('good');
  assert.deepEqual(
    new Uint8Array(encode(AssetSummary, message)),
    AssetSummary.encode(message).finish(),
  );
});
