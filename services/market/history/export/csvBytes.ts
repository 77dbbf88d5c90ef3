import { timestampFromMicros } from '../../../kit/time.ts';
import type { Column, Export } from './Column.ts';

/**
 * Rows as CSV (RFC 4180), with a line of names first: times as RFC 3339 with microseconds, numbers with as many digits as tell
 * them apart. No text of ours has a comma, a quote or a line's end.
 */
export async function* csvBytes<Row>({
  columns,
  portions,
}: Export<Row>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${columns.map(({ name }) => name).join(',')}\r\n`);
  for await (const rows of portions) {
    const lines = rows.map(
      (row) => `${columns.map((column) => cellOf(column, row)).join(',')}\r\n`,
    );
    yield Buffer.from(lines.join(''));
  }
}

function cellOf<Row>({ type, of }: Column<Row>, row: Row): string {
  const value = of(row);
  return type === 'time' ? rfc3339(Number(value)) : String(value);
}

function rfc3339(us: number): string {
  const { seconds, nanos } = timestampFromMicros(us);
  const whole = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos / 1_000).padStart(6, '0')}Z`;
}
