import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/**
 * The values of a field somewhere below a serialized message, without decoding the rest of it.
 *
 * @param path Field numbers from the message down, each of a message, and the last of a message, a string or bytes.
 * @see https://protobuf.dev/programming-guides/encoding
 */
export function* bytesAt(
  message: Uint8Array,
  [field, ...below]: readonly [number, ...number[]],
): Generator<Uint8Array> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number !== field || type !== WireType.LengthDelimited) {
      reader.skip(type, number);
      continue;
    }
    const value = reader.bytes();
    const [next, ...rest] = below;
    if (next === undefined) yield value;
    else yield* bytesAt(value, [next, ...rest]);
  }
}
