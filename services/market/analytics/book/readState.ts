import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { AssetRecord } from './AssetTotals.ts';
import type { BarTotals } from './BarTotals.ts';
import type { Acknowledgement } from './Source.ts';
import { totalsOf } from './totalsOf.ts';

/** Which of the assets, ordered by symbol. */
export interface AssetRange {
  /** Those above this symbol. Default: from the first. */
  readonly after?: string | undefined;
  /** At most this many. Default: all. */
  readonly limit?: number | undefined;
}

/** The totals of what assets have of ticks. */
export async function readAssets(
  database: Kysely<DB>,
  { after, limit }: AssetRange = {},
): Promise<AssetRecord[]> {
  const rows = await database
    .selectFrom('asset')
    .selectAll()
    .orderBy('symbol')
    .$if(after !== undefined, (query) => query.where('symbol', '>', after as string))
    .$if(limit !== undefined, (query) => query.limit(limit as number))
    .execute();
  return rows.map(({ first_us, last_us, ...row }) => ({
    ...row,
    firstUs: first_us,
    lastUs: last_us,
  }));
}

/** The totals of what assets have of bars. */
export async function readBarTotals(
  database: Kysely<DB>,
  { after, limit }: AssetRange = {},
): Promise<BarTotals[]> {
  const rows = await database
    .selectFrom('bar_totals')
    .selectAll()
    .orderBy('symbol')
    .$if(after !== undefined, (query) => query.where('symbol', '>', after as string))
    .$if(limit !== undefined, (query) => query.limit(limit as number))
    .execute();
  return rows.map(totalsOf);
}

/** What of a source is committed; number 0 for a source never seen. */
export async function readAcknowledged(
  database: Kysely<DB>,
  source: string,
): Promise<Acknowledgement> {
  const row = await database
    .selectFrom('source')
    .selectAll()
    .where('name', '=', source)
    .executeTakeFirst();
  return {
    sequence: row?.acknowledged ?? 0,
    bars: { repeated: row?.repeated_bars ?? 0, corrected: row?.corrected_bars ?? 0 },
  };
}
