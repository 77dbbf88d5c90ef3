import type { Readable, Writable } from 'node:stream';

const PREFIX_BYTES = 4;

/** Messages from the runner: each behind its length, 32 bits, big-endian. */
export async function* readFrames(input: Readable): AsyncGenerator<Buffer, void, void> {
  let buffered = Buffer.alloc(0);
  for await (const chunk of input) {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + buffered.readUInt32BE();
      if (buffered.length < end) break;
      yield buffered.subarray(PREFIX_BYTES, end);
      buffered = buffered.subarray(end);
    }
  }
}

/** Sends the runner a message. */
export function writeFrame(output: Writable, message: Uint8Array): void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length);
  output.write(Buffer.concat([prefix, message]));
}
