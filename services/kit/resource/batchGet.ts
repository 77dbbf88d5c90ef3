/** What a BatchGet method found. */
export interface Batch<Row> {
  /** In the order of the ids. An id that is given twice is answered twice. */
  readonly found: Row[];
  /** Ids of which there is nothing, each once. */
  readonly missing: string[];
}

/**
 * Puts what was read by many ids into the order of the request (AIP-231). What is missing is named instead of failing all,
 * which AIP-231 would do: one deleted product would take a whole page of orders with it.
 *
 * How many ids there may be stands in the contract (`buf.validate`, `repeated.max_items`).
 *
 * @param read Reads the rows of ids, each of them once, in any order.
 */
export async function batchGet<Row>(
  ids: readonly string[],
  read: (ids: string[]) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
): Promise<Batch<Row>> {
  const distinct = [...new Set(ids)];
  const rows = new Map((await read(distinct)).map((row) => [idOf(row), row]));
  return {
    found: ids.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [row];
    }),
    missing: distinct.filter((id) => !rows.has(id)),
  };
}
