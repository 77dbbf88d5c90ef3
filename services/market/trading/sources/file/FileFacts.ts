import type { Micros } from '../../../../kit/time.ts';

/** What must be known of a file before its first tick is sent. Never changes, for a file's name is its content. */
export interface FileFacts {
  /** When the file was looked at: what lies later in it is wrong, for good. */
  readonly inspectedUs: Micros;
  /** Length of a bar; 0 for a file of ticks. */
  readonly intervalUs: Micros;
  /** Ticks that its good rows give. */
  readonly tickCount: number;
  readonly badRowCount: number;
  /** The first few, such as `row 17: close: not a number: "x"`. */
  readonly badRows: readonly string[];
}
