import { BarPeriod } from '@weft/proto/market/v1/enriched';
import { type Kysely, sql } from 'kysely';
import type { Config } from '../config.ts';
import type { DB } from '../database.ts';

/** Removes enrichments and bars of minutes that have been kept for long enough. */
export async function tidy(
  database: Kysely<DB>,
  { keepMs, keepBarsMs }: Pick<Config, 'keepMs' | 'keepBarsMs'>,
): Promise<void> {
  await sql`
    delete from enrichment
    where written_at < clock_timestamp() - ${keepMs} * interval '1 ms'`.execute(database);
  await sql`
    delete from bar
    where written_at < clock_timestamp() - ${keepBarsMs} * interval '1 ms'
      and period <> ${BarPeriod.DAY}`.execute(database);
}
