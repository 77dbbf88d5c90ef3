import type { Selectable } from 'kysely';
import type { DB } from '../database.ts';
import type { FileFacts } from '../sources/file/FileFacts.ts';

/** A row of the table `file` as the facts that it keeps. */
export function factsOf(row: Omit<Selectable<DB['file']>, 'id'>): FileFacts {
  return {
    inspectedUs: row.inspected_us,
    intervalUs: row.interval_us,
    tickCount: row.tick_count,
    badRowCount: row.bad_row_count,
    badRows: row.bad_rows,
  };
}
