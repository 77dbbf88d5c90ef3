import type { OpenBar } from '@weft/proto/market/v1/enriched';
import { type Kysely, sql } from 'kysely';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import { startOf } from '../bars/advanceBars.ts';
import type { DB } from '../database.ts';
import { readNewest } from './readNewest.ts';
import { type TimeRange, timestampOf } from './timeRangeOf.ts';

/**
 * Bars of a product and of one length that start in a range, the oldest first: those that have ended, and behind them that under way.
 *
 * @param after Start of the last bar of the page before.
 */
export async function readBars(
  database: Kysely<DB>,
  { product, length }: { readonly product: string; readonly length: OpenBar['length'] },
  { fromUs, untilUs }: TimeRange,
  after: Micros | undefined,
  limit: number,
): Promise<OpenBar[]> {
  // First: a bar that ends in between is then in both, and told once.
  const newest = (await readNewest(database, [product])).get(product);
  const { rows } = await sql<Omit<OpenBar, 'start' | 'length' | 'closed'> & { start: Micros }>`
    select (extract(epoch from start) * 1000000)::bigint as start, open, high, low, close, volume
    from bar
    where product = ${product} and period = ${length}
      and start >= ${timestampOf(fromUs)} and start < ${timestampOf(untilUs)}
      and start > ${timestampOf(after ?? Number.MIN_SAFE_INTEGER)}
    order by start limit ${limit}`.execute(database);
  const bars = rows.map(({ start, ...bar }) => ({
    ...bar,
    ...{ length, start: timestampFromMicros(start), closed: true },
  }));
  const open = newest?.bars.find((bar) => bar.length === length && !bar.closed);
  if (!open || bars.length >= limit) return bars;
  const startUs = startOf(open) * 1_000;
  const last = rows.at(-1)?.start ?? after ?? Number.MIN_SAFE_INTEGER;
  const isInRange = startUs >= fromUs && startUs < untilUs;
  return isInRange && startUs > last ? [...bars, open] : bars;
}
