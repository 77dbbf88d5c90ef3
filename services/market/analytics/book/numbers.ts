/** A PostgreSQL array as the text of one parameter: pg would quote and escape each number. */
export function numbers<T>(rows: readonly T[], column: (row: T) => number): string {
  return `{${rows.map(column).join(',')}}`;
}
