import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MessageType } from './GrpcService.ts';

/** A writer whose buffer has grown beyond this is not kept. */
const LARGEST_KEPT = 1_048_576;

let kept: BinaryWriter | undefined;

/**
 * Encodes a message. All messages of the process go through one writer and its buffer, for a new buffer grows by
 * doubling: half of what a small message costs, and several copies of a large one.
 */
export function encode<T>(type: MessageType<T>, message: T): Buffer {
  const writer = kept ?? new BinaryWriter();
  // A writer that an encoder has left half way through, because it threw, is not used again.
  kept = undefined;
  const bytes = type.encode(message, writer).finish();
  if (bytes.length <= LARGEST_KEPT) kept = writer;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
