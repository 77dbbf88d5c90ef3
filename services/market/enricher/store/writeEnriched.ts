import { ChainEnriched, type OpenBar } from '@weft/proto/market/v1/enriched';
import { sql, type Transaction } from 'kysely';
import type { HandlerContext } from '../../../kit/events/on.ts';
import { startOf } from '../bars/advanceBars.ts';
import type { DB } from '../database.ts';
import type { ChainMetrics } from '../enrich/ChainMetrics.ts';
import { enrich } from '../enrich/enrich.ts';
import { readNewest } from './readNewest.ts';

/** What has become of chains, by number. */
export interface Outcome {
  readonly enriched: number;
  /** Have been before. */
  readonly repeated: number;
  /** Have never come, though later ones of their product have. */
  readonly missed: number;
}

/**
 * Enriches chains, of a product in the order of their sequence, and writes and tells what has come out, all by one transaction. What has
 * been before is passed over: of a product, a sequence counts once, whichever epoch it comes with.
 *
 * @param chains In the order in which they came.
 */
export async function writeEnriched(
  chains: readonly ChainMetrics[],
  transaction: Transaction<DB>,
  events: Pick<HandlerContext<DB>['events'], 'addAll'>,
): Promise<Outcome> {
  const products = [...new Set(chains.map(({ product }) => product))].sort();
  const newest = await readNewest(transaction, products);
  const enriched: ChainEnriched[] = [];
  let [repeated, missed] = [0, 0];
  for (const chain of chains) {
    const before = newest.get(chain.product);
    if (before && chain.sequence <= before.sequence) {
      repeated += 1;
      continue;
    }
    if (before) missed += chain.sequence - before.sequence - 1;
    const made = enrich(before, chain);
    newest.set(chain.product, made);
    enriched.push(made);
  }
  if (enriched.length > 0) {
    await writeNewest(transaction, [...newest.values()]);
    await writeEnrichments(transaction, enriched);
    await writeBars(
      transaction,
      enriched.flatMap(({ product, bars }) => bars.map((bar) => ({ ...bar, product }))),
    );
    await events.addAll(transaction, ChainEnriched, enriched);
  }
  return { enriched: enriched.length, repeated, missed };
}

async function writeNewest(transaction: Transaction<DB>, newest: readonly ChainEnriched[]) {
  await sql`
    insert into product (symbol, sequence, enriched)
    select * from unnest(
      ${newest.map(({ product }) => product)}::text[],
      ${newest.map(({ sequence }) => sequence)}::bigint[],
      ${newest.map(bytesOf)}::bytea[]
    )
    on conflict (symbol) do update
      set sequence = excluded.sequence, enriched = excluded.enriched`.execute(transaction);
}

async function writeEnrichments(transaction: Transaction<DB>, enriched: readonly ChainEnriched[]) {
  await sql`
    insert into enrichment (product, sequence, market_time, enriched)
    select * from unnest(
      ${enriched.map(({ product }) => product)}::text[],
      ${enriched.map(({ sequence }) => sequence)}::bigint[],
      ${enriched.map(({ marketTime }) => dateOf(startOf({ start: marketTime })))}::timestamptz[],
      ${enriched.map(bytesOf)}::bytea[]
    )`.execute(transaction);
}

async function writeBars(
  transaction: Transaction<DB>,
  bars: readonly (OpenBar & { readonly product: string })[],
) {
  const closed = bars.filter((bar) => bar.closed);
  if (closed.length === 0) return;
  await sql`
    insert into bar (product, period, start, open, high, low, close, volume)
    select * from unnest(
      ${closed.map(({ product }) => product)}::text[],
      ${closed.map(({ length }) => length)}::smallint[],
      ${closed.map((bar) => dateOf(startOf(bar)))}::timestamptz[],
      ${closed.map(({ open }) => open)}::double precision[],
      ${closed.map(({ high }) => high)}::double precision[],
      ${closed.map(({ low }) => low)}::double precision[],
      ${closed.map(({ close }) => close)}::double precision[],
      ${closed.map(({ volume }) => volume)}::bigint[]
    )`.execute(transaction);
}

function bytesOf(enriched: ChainEnriched): Buffer {
  return Buffer.from(ChainEnriched.encode(enriched).finish());
}

/** In text: as a Date it would be told in the process' own zone. */
function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
