import { open } from 'node:fs/promises';
import type { Segment } from './Segment.ts';

/** No line is longer: see `limits`. */
const LONGEST_LINE = 1_048_576;

/** Whole lines of a segment. @param maxBytes At most, but a line at least. */
export async function readChunk(
  segment: Segment,
  offset: number,
  maxBytes: number,
): Promise<{ bytes: Buffer; position: number }> {
  const length = Math.min(segment.bytes - offset, Math.max(maxBytes, LONGEST_LINE));
  const buffer = Buffer.alloc(length);
  const handle = await open(segment.file);
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    const end = buffer.lastIndexOf('\n', bytesRead - 1) + 1;
    if (end === 0) throw new Error(`${segment.file} has no whole line at ${offset}`);
    const bytes = buffer.subarray(0, end);
    const last = bytes.subarray(bytes.lastIndexOf('\n', end - 2) + 1).toString();
    return { bytes, position: (JSON.parse(last) as { position: number }).position };
  } finally {
    await handle.close();
  }
}
