import type { ChainEnriched, ExpiryMetrics } from '@weft/proto/market/v1/enriched';
import { sql, type Transaction } from 'kysely';
import {
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  type Micros,
  microsFromTimestamp,
} from '../../../../kit/time.ts';
import { volatilityForTerm } from '../../../options/termStructure.ts';
import type { DB } from '../../database.ts';

/** Of the market's clock. Days are kept for ever. */
const MINUTES_KEPT_US: Micros = 400 * MICROS_PER_DAY;
/** What volatility is told for day by day: 30 of 365 days. */
const TERM_YEARS = 30 / 365;

/** Keeps what a chain amounts to: in its minute in place of what came before in it, and in its day. */
export async function keepTrends(
  transaction: Transaction<DB>,
  enriched: ChainEnriched,
): Promise<void> {
  const marketUs = enriched.marketTime ? microsFromTimestamp(enriched.marketTime) : 0;
  await keepMinute(transaction, enriched, marketUs);
  if (!enriched.session) return;
  const isNew = await keepDay(transaction, enriched, enriched.session, marketUs);
  if (!isNew) return;
  await transaction
    .deleteFrom('option_minute')
    .where('product', '=', enriched.product)
    .where('start_us', '<', marketUs - MINUTES_KEPT_US)
    .execute();
}

async function keepMinute(
  transaction: Transaction<DB>,
  { product, sequence, underlyingPrice, expiries }: ChainEnriched,
  marketUs: Micros,
): Promise<void> {
  const row = {
    ...{ market_us: marketUs, sequence, underlying_price: underlyingPrice },
    expiry: expiries.map(({ expiry }) => expiry),
    call_volume: expiries.map(({ callVolume }) => callVolume),
    put_volume: expiries.map(({ putVolume }) => putVolume),
    call_open_interest: expiries.map(({ callOpenInterest }) => callOpenInterest),
    put_open_interest: expiries.map(({ putOpenInterest }) => putOpenInterest),
  };
  const start_us = Math.floor(marketUs / MICROS_PER_MINUTE) * MICROS_PER_MINUTE;
  await transaction
    .insertInto('option_minute')
    .values({ product, start_us, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['product', 'start_us'])
        .doUpdateSet(row)
        .whereRef('option_minute.sequence', '<', 'excluded.sequence'),
    )
    .execute();
}

/** What is handled late again, after newer ones, has its part in high and low, and in nothing else. @returns whether the day is new. */
async function keepDay(
  transaction: Transaction<DB>,
  { product, sequence, underlyingPrice: price, expiries }: ChainEnriched,
  { day, open }: NonNullable<ChainEnriched['session']>,
  marketUs: Micros,
): Promise<boolean> {
  const { rows } = await sql<{ is_new: boolean }>`
    insert into option_day as d (
      product, day, open, high, low, close, market_us, sequence, chain_count,
      call_volume, put_volume, call_open_interest, put_open_interest, implied_volatility, max_pain
    ) values (
      ${product}, ${day}, ${open}, ${Math.max(open, price)}, ${Math.min(open, price)}, ${price},
      ${marketUs}, ${sequence}, 1,
      ${sum(expiries, 'callVolume')}, ${sum(expiries, 'putVolume')},
      ${sum(expiries, 'callOpenInterest')}, ${sum(expiries, 'putOpenInterest')},
      ${impliedVolatility(expiries)}, ${expiries[0]?.maxPain ?? null}
    )
    on conflict (product, day) do update set
      (close, market_us, sequence, call_volume, put_volume, call_open_interest, put_open_interest,
       implied_volatility, max_pain) = (
        select n.* from (values
          (excluded.close, excluded.market_us, excluded.sequence, excluded.call_volume,
           excluded.put_volume, excluded.call_open_interest, excluded.put_open_interest,
           excluded.implied_volatility, excluded.max_pain),
          (d.close, d.market_us, d.sequence, d.call_volume, d.put_volume, d.call_open_interest,
           d.put_open_interest, d.implied_volatility, d.max_pain)
        ) n (close, market_us, sequence, call_volume, put_volume, call_open_interest,
             put_open_interest, implied_volatility, max_pain)
        order by n.sequence desc limit 1
      ),
      high = greatest(d.high, excluded.high),
      low = least(d.low, excluded.low),
      chain_count = d.chain_count + 1
    returning xmax = 0 as is_new`.execute(transaction);
  return rows[0]?.is_new ?? false;
}

function sum(
  expiries: readonly ExpiryMetrics[],
  of: 'callVolume' | 'putVolume' | 'callOpenInterest' | 'putOpenInterest',
): number {
  return expiries.reduce((total, expiry) => total + expiry[of], 0);
}

/** At the money for 30 days; null where they do not lie among the expiries. */
function impliedVolatility(expiries: readonly ExpiryMetrics[]): number | null {
  const points = expiries.flatMap(({ years, atmVolatility }) =>
    years > 0 && atmVolatility !== undefined ? [{ years, volatility: atmVolatility }] : [],
  );
  return volatilityForTerm(points, TERM_YEARS);
}
