import type { Micros } from '../../../../kit/time.ts';
import { SourceError } from '../SourceError.ts';
import { type Row, RowReader } from './RowReader.ts';
import { readRecords } from './readRecords.ts';

/** Who is told of a file's rows, one by one and in order. */
export interface RowSink {
  header?(reader: RowReader): void;
  /** @returns what is wrong with the row beside the others, if anything is. */
  row(row: Row): string | undefined;
  /** @param problem Such as `row 17: close: not a number: "x"`. */
  badRow?(problem: string): void;
}

/**
 * Reads a file from the beginning, and hands its rows to the sink. Yields after each part, so that the reader may do
 * something with what it has gathered, or stop.
 *
 * @param timeZone Of times that name none. Empty: UTC.
 * @param latestUs Rows of a later time are wrong.
 * @throws SourceError when the file has no header that can be understood.
 */
export async function* readRows(
  file: string,
  timeZone: string,
  latestUs: Micros,
  sink: RowSink,
): AsyncGenerator<void> {
  let reader: RowReader | undefined;
  for await (const records of readRecords(file)) {
    for (const record of records) {
      if (reader === undefined) {
        if ('problem' in record) throw new SourceError(`row ${record.row}: ${record.problem}`);
        reader = new RowReader(record.fields, timeZone);
        sink.header?.(reader);
        continue;
      }
      const row = 'problem' in record ? record.problem : reader.read(record.fields, latestUs);
      const problem = typeof row === 'string' ? row : sink.row(row);
      if (problem !== undefined) sink.badRow?.(`row ${record.row}: ${problem}`);
    }
    yield;
  }
  if (reader === undefined) throw new SourceError('the file is empty');
}
