import type { FileFacts } from './FileFacts.ts';
import type { FileSettings } from './FileSettings.ts';
import { RowOrder } from './RowOrder.ts';
import type { Row } from './RowReader.ts';
import { readRows } from './readRows.ts';

/** What must be known to tell which rows count. */
export type Selection = Pick<FileFacts, 'inspectedUs' | 'barLengthUs' | 'hasOthers'>;

/** Who is told of the rows that count, one by one and in order. */
export interface SelectedRows {
  row(row: Row): void;
  badRow?(problem: string): void;
}

/**
 * Reads a file from the beginning, and hands the rows of the feed's asset to the sink that go with each other. Yields after
 * each part.
 *
 * @throws SourceError when the file has no header that can be understood.
 */
export function selectRows(
  file: string,
  { symbol, timeZone }: FileSettings,
  { inspectedUs, barLengthUs, hasOthers }: Selection,
  sink: SelectedRows,
): AsyncGenerator<void> {
  const order = new RowOrder(barLengthUs);
  return readRows(file, timeZone, inspectedUs, {
    row(row) {
      if (hasOthers && row.symbol !== symbol) return undefined;
      const problem = order.problemOf(row);
      if (problem === undefined) sink.row(row);
      return problem;
    },
    badRow: (problem) => sink.badRow?.(problem),
  });
}
