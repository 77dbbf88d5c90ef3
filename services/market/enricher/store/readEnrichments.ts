import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { type Kysely, sql } from 'kysely';
import type { DB } from '../database.ts';
import { type TimeRange, timestampOf } from './timeRangeOf.ts';

/** Enrichments of a product whose times of the market are in a range, by sequence. @param after The last sequence of the page before. */
export async function readEnrichments(
  database: Kysely<DB>,
  product: string,
  { fromUs, untilUs }: TimeRange,
  after: number | undefined,
  limit: number,
): Promise<ChainEnriched[]> {
  const { rows } = await sql<{ enriched: Buffer }>`
    select enriched from enrichment
    where product = ${product} and sequence > ${after ?? 0}
      and market_time >= ${timestampOf(fromUs)} and market_time < ${timestampOf(untilUs)}
    order by sequence limit ${limit}`.execute(database);
  return rows.map(({ enriched }) => ChainEnriched.decode(enriched));
}
