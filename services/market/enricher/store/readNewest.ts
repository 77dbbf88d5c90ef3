import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';

/** The newest enrichments of those products that have any. */
export async function readNewest(
  database: Kysely<DB>,
  products: readonly string[],
): Promise<Map<string, ChainEnriched>> {
  const rows = await database
    .selectFrom('product')
    .select(['symbol', 'enriched'])
    .where('symbol', 'in', products)
    .execute();
  return new Map(rows.map(({ symbol, enriched }) => [symbol, ChainEnriched.decode(enriched)]));
}
