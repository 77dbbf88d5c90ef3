import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { scratch, withRoom } from './buffers.ts';

/** Of a varint: seven bits a byte. */
const MAX_BYTES = 10;
const MORE = 0x80;
const BITS = 0x7f;

/** What a bit of each byte is worth. */
const WORTH = Array.from({ length: MAX_BYTES }, (_, index) => 2 ** (7 * index));

const MAX_UINT32 = 2 ** 32 - 1;

/**
 * A packed `repeated uint32` as it travels, without tag and length.
 *
 * @returns bytes that hold until something else is packed.
 * @throws Error for what is no such number.
 */
export function packUint32s(values: readonly number[]): Uint8Array {
  return pack(values, MAX_UINT32, (writer, value) => writer.uint32(value));
}

/** The same of a `repeated uint64`. */
export function packUint64s(values: readonly number[]): Uint8Array {
  return pack(values, Number.MAX_SAFE_INTEGER, (writer, value) => writer.uint64(value));
}

function pack(
  values: readonly number[],
  most: number,
  writeOther: (writer: BinaryWriter, value: number) => BinaryWriter,
): Uint8Array {
  const view = scratch(values.length * MAX_BYTES);
  const bytes = new Uint8Array(view.buffer);
  let position = 0;
  for (let i = 0; i < values.length; i++) {
    let rest = values[i] as number;
    if (!(rest >= 0 && rest <= most && Number.isInteger(rest))) {
      // Refuses it, or knows a way to write it.
      const other = writeOther(new BinaryWriter(), rest).finish();
      bytes.set(other, position);
      position += other.length;
      continue;
    }
    for (; rest >= 2 ** 31; rest = Math.floor(rest / MORE))
      bytes[position++] = (rest % MORE) | MORE;
    for (; rest > BITS; rest >>>= 7) bytes[position++] = (rest & BITS) | MORE;
    bytes[position++] = rest;
  }
  return bytes.subarray(0, position);
}

/**
 * Reads what `packUint32s` wrote, or any other protobuf library. Of a larger number the lower 32 bits are taken, as
 * protobuf has it.
 *
 * @param before What an earlier piece of the same field held.
 * @throws RangeError for bytes that end in the middle of a number, or a number that does not end.
 */
export function unpackUint32s(bytes: Uint8Array, before: readonly number[] = []): number[] {
  return unpack(bytes, before, (value, byte, index) =>
    index < 5 ? (value | ((byte & BITS) << (7 * index))) >>> 0 : value,
  );
}

/**
 * The same of a `repeated uint64`.
 *
 * @throws RangeError for a number above 2^53 - 1 too.
 */
export function unpackUint64s(bytes: Uint8Array, before: readonly number[] = []): number[] {
  const values = unpack(
    bytes,
    before,
    (value, byte, index) => value + (byte & BITS) * (WORTH[index] as number),
  );
  for (let i = before.length; i < values.length; i++) {
    if ((values[i] as number) > Number.MAX_SAFE_INTEGER) {
      throw new RangeError('a packed number is larger than Number.MAX_SAFE_INTEGER');
    }
  }
  return values;
}

/** @param add Puts the bits of a number's byte at an index to those before it. */
function unpack(
  bytes: Uint8Array,
  before: readonly number[],
  add: (value: number, byte: number, index: number) => number,
): number[] {
  const values = withRoom(before, countOf(bytes));
  let position = 0;
  for (let i = before.length; i < values.length; i++) {
    let byte = bytes[position++] as number;
    let value = byte & BITS;
    for (let index = 1; byte >= MORE; index++) {
      if (index === MAX_BYTES) throw new RangeError('a packed number does not end');
      byte = bytes[position++] as number;
      value = add(value, byte, index);
    }
    values[i] = value;
  }
  return values;
}

/** How many numbers end in these bytes. */
function countOf(bytes: Uint8Array): number {
  if ((bytes.at(-1) ?? 0) >= MORE) throw new RangeError('a packed number is cut off');
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) < MORE) count++;
  return count;
}
