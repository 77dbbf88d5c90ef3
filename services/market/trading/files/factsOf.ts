import type { Selectable } from 'kysely';
import type { DB } from '../database.ts';
import type { FileFacts } from '../sources/file/FileFacts.ts';

/** The columns that tell what is in a file. */
export type FactColumns = Pick<
  Selectable<DB['reading']>,
  'inspected_us' | 'bar_length_us' | 'has_others' | 'row_count' | 'bad_row_count' | 'bad_rows'
>;

/** A row of the table `reading` as the facts that it keeps. */
export function factsOf(row: FactColumns): FileFacts {
  return {
    inspectedUs: row.inspected_us,
    barLengthUs: row.bar_length_us,
    hasOthers: row.has_others,
    rowCount: row.row_count,
    badRowCount: row.bad_row_count,
    badRows: row.bad_rows,
  };
}
