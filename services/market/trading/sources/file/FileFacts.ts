import type { Micros } from '../../../../kit/time.ts';

/** What must be known of a file, read as its feed says, before its first row is sent. Never changes. */
export interface FileFacts {
  /** When the file was looked at: what lies later in it is wrong, for good. */
  readonly inspectedUs: Micros;
  /** Length of its bars, found or said; a month counts as 31 days. 0 for a file of ticks. */
  readonly barLengthUs: Micros;
  /** Whether rows of several symbols are in it, and only those of one are read. */
  readonly hasOthers: boolean;
  /** Good rows: ticks or bars. */
  readonly rowCount: number;
  readonly badRowCount: number;
  /** The first few, such as `row 17: close: not a number: "x"`. */
  readonly badRows: readonly string[];
}
