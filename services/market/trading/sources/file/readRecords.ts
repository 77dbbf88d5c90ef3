import { createReadStream } from 'node:fs';
import { type CsvError, parse } from 'csv-parse';

/** A line of a CSV file: its fields, or why it cannot be cut into fields. */
export type CsvRecord =
  | { readonly row: number; readonly fields: readonly string[] }
  | { readonly row: number; readonly problem: string };

const CHUNK_BYTES = 256 * 1024;
/** A quote that never closes would take the rest of the file for one field. */
const LONGEST_RECORD_BYTES = 64 * 1024;

/**
 * Reads a CSV file (RFC 4180; a byte order mark is passed over) in parts of some thousand records. Rows are numbered as
 * an editor numbers lines: the header is row 1. Empty lines count, but are no records.
 */
export async function* readRecords(file: string): AsyncGenerator<readonly CsvRecord[]> {
  let records: CsvRecord[] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    // Fields are counted, and quotes inside of them judged, where the row can be named.
    relax_column_count: true,
    relax_quotes: true,
    trim: true,
    max_record_size: LONGEST_RECORD_BYTES,
    skip_records_with_error: true,
    // Records are taken here, in order with the errors: the stream itself stays empty.
    on_record: (fields: string[], { lines }) => {
      if (fields.length > 1 || fields[0] !== '') records.push({ row: lines, fields });
      return null;
    },
    on_skip: (error) => {
      records.push(describe(error));
      return undefined;
    },
  });
  parser.resume();
  const input = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  for await (const chunk of input) {
    await new Promise<void>((resolve, reject) => {
      parser.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
    if (records.length > 0) yield records;
    records = [];
  }
  await new Promise<void>((resolve, reject) => {
    parser.once('error', reject).once('end', resolve).end();
  });
  if (records.length > 0) yield records;
}

function describe(error: CsvError | undefined): CsvRecord {
  const row = Number(error?.lines ?? 0);
  switch (error?.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return { row, problem: 'a quote is opened and never closed' };
    case 'CSV_MAX_RECORD_SIZE':
      return {
        row,
        problem: `is longer than ${LONGEST_RECORD_BYTES} bytes: a quote never closed?`,
      };
    default:
      return { row, problem: error?.message ?? 'cannot be read' };
  }
}
