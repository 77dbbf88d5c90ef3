import type { GetStoredChainRequest } from '@weft/proto/market/v1/history';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { type Kysely, sql } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { HistoryReason, notFound } from '../HistoryReason.ts';
import { assertProduct, expiryNotListed } from './assertKnown.ts';
import { type ChainRow, chainOf, readLastChain } from './chains.ts';
import { keptMicros } from './rangeOf.ts';

/** The chain of a product, or of one of its expiries, as it was at a time. */
export async function getChain(
  database: Kysely<DB>,
  { product, expiry, asOf }: GetStoredChainRequest,
): Promise<ChainUpdated> {
  const asOfUs = asOf ? keptMicros(asOf) : Number.MAX_SAFE_INTEGER;
  if (expiry !== undefined) {
    const row = await readLastChain(database, { product, expiry }, asOfUs);
    if (!row) throw await expiryNotListed(database, product, expiry);
    return chainOf(row, [row.options]);
  }
  const { rows } = await sql<WholeRow>`
    select product, time_us, epoch, sequence, price as underlying_price,
      volume as underlying_volume, time_zone,
      array(
        select options from expiry_chain as own
        where own.product = whole.product and own.expiry = any(whole.expiries)
          and own.time_us = whole.time_us
        order by own.expiry
      ) as options
    from (
      select * from underlying where product = ${product} and time_us <= ${asOfUs}
      order by time_us desc limit 1
    ) as whole`.execute(database);
  const [row] = rows;
  if (row) return chainOf(row, row.options);
  await assertProduct(database, product);
  throw notFound(HistoryReason.CHAIN_NOT_STORED, `no chain of ${product} is kept of that time`, {
    product,
  });
}

interface WholeRow extends Omit<ChainRow, 'options'> {
  readonly time_us: Micros;
  readonly options: Buffer[];
}
