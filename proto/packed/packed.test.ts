import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { TickBatch } from '@weft/proto/market/v1/market_data';
import fc from 'fast-check';
import { packDoubles, unpackDoubles } from './doubles.ts';
import { packUint32s, packUint64s, unpackUint32s, unpackUint64s } from './varints.ts';

const uint32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const uint64 = fc.oneof(fc.nat(300), fc.maxSafeNat());

/** The bytes that protobuf-es writes number by number. */
function written(values: number[], write: (writer: BinaryWriter, value: number) => unknown) {
  const writer = new BinaryWriter();
  for (const value of values) write(writer, value);
  return writer.finish();
}

function* read<T>(bytes: Uint8Array, next: (reader: BinaryReader) => T): Generator<T> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) yield next(reader);
}

test('a column of doubles is the bytes of any other protobuf library', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      const bytes = written(values, (writer, value) => writer.double(value));
      assert.deepEqual(packDoubles(values), bytes);
      assert.deepEqual(unpackDoubles(bytes), values);
    }),
  );
});

test('so is a column of 32-bit integers', () => {
  fc.assert(
    fc.property(fc.array(uint32), (values) => {
      const bytes = written(values, (writer, value) => writer.uint32(value));
      assert.deepEqual(packUint32s(values), bytes);
      assert.deepEqual(unpackUint32s(bytes), values);
    }),
  );
});

test('so is a column of 64-bit integers', () => {
  fc.assert(
    fc.property(fc.array(uint64), (values) => {
      const bytes = written(values, (writer, value) => writer.uint64(value));
      assert.deepEqual(packUint64s(values), bytes);
      assert.deepEqual(unpackUint64s(bytes), values);
    }),
  );
});

test('bytes that are no column are refused, and read as another library reads them where that is lawful', () => {
  fc.assert(
    fc.property(fc.uint8Array({ max: 255, maxLength: 30 }), (bytes) => {
      const same = (unpack: () => number[], expected: () => number[]) => {
        let values: number[];
        try {
          values = expected();
        } catch {
          assert.throws(unpack, RangeError);
          return;
        }
        assert.deepEqual(unpack(), values);
      };
      same(
        () => unpackUint32s(bytes),
        () => [...read(bytes, (reader) => reader.uint32())],
      );
      const numbers = () => [...read(bytes, (reader) => Number(reader.uint64()))];
      const safe = () => {
        assert.ok(numbers().every(Number.isSafeInteger));
        return numbers();
      };
      same(() => unpackUint64s(bytes), safe);
    }),
    { numRuns: 2_000 },
  );
  assert.throws(() => unpackDoubles(new Uint8Array(9)), RangeError);
});

test('what is no number of the field is not sent as another', () => {
  for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => packUint32s([value]), `${value}`);
    assert.throws(() => packUint64s([value]), `${value}`);
  }
  assert.throws(() => packUint32s([2 ** 32]));
  assert.deepEqual(
    packUint64s([2 ** 60]),
    written([2 ** 60], (writer, value) => writer.uint64(value)),
  );
});

test('a batch that another library sends in pieces, or number by number, is the same batch', () => {
  const writer = new BinaryWriter();
  writer.uint32(26).fork().double(1.5).double(2.5).join();
  writer.uint32(25).double(3.5);
  writer.uint32(26).fork().double(4.5).join();
  writer.uint32(50).fork().uint64(7).join();
  writer.uint32(48).uint64(8);
  writer
    .uint32(50)
    .fork()
    .uint64(2 ** 40)
    .uint64(0)
    .join();
  const batch = TickBatch.decode(writer.finish());
  assert.deepEqual(batch.price, [1.5, 2.5, 3.5, 4.5]);
  assert.deepEqual(batch.ageUs, [7, 8, 2 ** 40, 0]);
  assert.deepEqual(TickBatch.decode(TickBatch.encode(batch).finish()), batch);
});
