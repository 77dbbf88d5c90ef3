import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { type PriceRow, readPrices } from '../read/prices.ts';
import type { TimeRange } from '../read/rangeOf.ts';
import type { Column, Export } from './Column.ts';

const columns: readonly Column<PriceRow>[] = [
  { name: 'time', type: 'time', of: ({ time_us }) => time_us },
  { name: 'sequence', type: 'integer', of: ({ sequence }) => sequence },
  { name: 'price', type: 'double', of: ({ price }) => price },
  { name: 'volume', type: 'integer', of: ({ volume }) => volume },
];

/** Prices that are read at once. */
const PORTION = 2_000;

/** The prices of an underlying. */
export function exportPrices(
  database: Kysely<DB>,
  product: string,
  range: TimeRange,
): Export<PriceRow> {
  async function* portions() {
    for (let { fromUs } = range; ; ) {
      const rows = await readPrices(database, product, { ...range, fromUs }, PORTION);
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      fromUs = last.time_us + 1;
    }
  }
  return { columns, portions: portions() };
}
