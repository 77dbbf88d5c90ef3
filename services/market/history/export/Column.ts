/** What an export has of each row. */
export interface Column<Row> {
  readonly name: string;
  /** `time` is in microseconds since 1970, `integer` a whole number. */
  readonly type: 'time' | 'text' | 'double' | 'integer';
  of(row: Row): number | string;
}

/** Rows as they are read, in portions that fit into memory, and what is told of each. */
export interface Export<Row> {
  readonly columns: readonly Column<Row>[];
  /** Reads a portion when it is asked for one. */
  readonly portions: AsyncIterable<readonly Row[]>;
}
