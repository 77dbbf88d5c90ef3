import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { AssetRecord } from './AssetTotals.ts';

/** Which of the assets, ordered by symbol. */
export interface AssetRange {
  /** Those above this symbol. Default: from the first. */
  readonly after?: string | undefined;
  /** At most this many. Default: all. */
  readonly limit?: number | undefined;
}

/** The totals of assets. */
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

/** The last number of a source that is committed; 0 for a source never seen. */
export async function readAcknowledged(database: Kysely<DB>, source: string): Promise<number> {
  const row = await database
    .selectFrom('source')
    .select('acknowledged')
    .where('name', '=', source)
    .executeTakeFirst();
  return row?.acknowledged ?? 0;
}
