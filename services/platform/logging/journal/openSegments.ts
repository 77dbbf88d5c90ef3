import { mkdir, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Segment } from './Segment.ts';

const NAME = /^\d{16}\.jsonl$/;

/** Of a segment. @param first Position of its first line. */
export function fileOf(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(16, '0')}.jsonl`);
}

/**
 * The segments that are in a folder, which is made where it is missing. Half a line at the end of one is cut off; one without a line
 * goes.
 *
 * @param each Is given each line that is there, oldest first.
 */
export async function openSegments(
  folder: string,
  each: (line: string) => void,
): Promise<Segment[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const segments: Segment[] = [];
  for (const name of (await readdir(folder)).filter((name) => NAME.test(name)).sort()) {
    const file = join(folder, name);
    const content = await readFile(file);
    const bytes = content.lastIndexOf('\n') + 1;
    if (bytes === 0) {
      await rm(file);
      continue;
    }
    let last = '';
    for (let from = 0; from < bytes; ) {
      const end = content.indexOf('\n', from);
      last = content.toString('utf8', from, end);
      each(last);
      from = end + 1;
    }
    if (bytes < content.length) await truncate(file, bytes);
    const { position } = JSON.parse(last) as { position: number };
    segments.push(new Segment(file, Number.parseInt(name, 10), bytes, position));
  }
  return segments;
}
