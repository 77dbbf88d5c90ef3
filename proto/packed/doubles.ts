import { scratch, withRoom } from './buffers.ts';

const SIZE = 8;

/**
 * A packed `repeated double` as it travels, without tag and length.
 *
 * @returns bytes that hold until something else is packed.
 */
export function packDoubles(values: readonly number[]): Uint8Array {
  const byteLength = values.length * SIZE;
  const view = scratch(byteLength);
  for (let i = 0; i < values.length; i++) view.setFloat64(i * SIZE, values[i] as number, true);
  return new Uint8Array(view.buffer, 0, byteLength);
}

/**
 * Reads what `packDoubles` wrote, or any other protobuf library.
 *
 * @param before What an earlier piece of the same field held.
 * @throws RangeError for bytes that end in the middle of a number.
 */
export function unpackDoubles(bytes: Uint8Array, before: readonly number[] = []): number[] {
  if (bytes.length % SIZE !== 0) throw new RangeError('a packed double is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / SIZE;
  const values = withRoom(before, count);
  const start = before.length;
  for (let i = 0; i < count; i++) values[start + i] = view.getFloat64(i * SIZE, true);
  return values;
}
