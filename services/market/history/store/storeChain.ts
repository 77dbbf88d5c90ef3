import { type ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { sql, type Transaction } from 'kysely';
import type { EventHandler } from '../../../kit/events/on.ts';
import { isExactMicros, type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { Partitions } from './Partitions.ts';

/**
 * Keeps each chain at its time: whichever order they come in, of one product and time the one of the highest epoch and sequence
 * stays. What is older than all that is kept is passed over.
 */
export function storeChain(partitions: Partitions): EventHandler<ChainUpdated, DB> {
  return async (chain, { transaction, log }) => {
    const { product, epoch, sequence, marketTime } = chain;
    const timeUs = marketTime ? microsFromTimestamp(marketTime) : Number.NaN;
    if (!isExactMicros(timeUs)) throw new RangeError(`chain ${sequence} of ${product} has no time`);
    try {
      if (await partitions.prepare(transaction, timeUs)) await write(transaction, chain, timeUs);
      else log.warn({ product, epoch, sequence }, 'a chain came too late to be kept');
    } catch (error) {
      // Another instance may have removed a table that was known here.
      partitions.forget();
      throw error;
    }
  };
}

async function write(
  transaction: Transaction<DB>,
  chain: ChainUpdated,
  timeUs: Micros,
): Promise<void> {
  const { product, epoch, sequence, underlyingPrice, underlyingVolume, timeZone } = chain;
  const expiries = chain.expiries.map(({ expiry }) => expiry);
  const { rows } = await sql<{ replaced: string[] | null }>`
    with stored as (
      insert into underlying (product, time_us, epoch, sequence, price, volume, expiries, time_zone)
      values (
        ${product}, ${timeUs}, ${epoch}, ${sequence},
        ${underlyingPrice}, ${underlyingVolume}, ${expiries}, ${timeZone ?? null}
      )
      on conflict (product, time_us) do update
        set epoch = excluded.epoch, sequence = excluded.sequence, price = excluded.price,
          volume = excluded.volume, expiries = excluded.expiries, time_zone = excluded.time_zone
        where (underlying.epoch, underlying.sequence) < (excluded.epoch, excluded.sequence)
      returning old.expiries as replaced
    ), noted as (
      insert into product as known (symbol, last_time_us)
      select ${product}, ${timeUs} from stored
      on conflict (symbol) do update set last_time_us = excluded.last_time_us
        where known.last_time_us < excluded.last_time_us
    )
    select replaced from stored`.execute(transaction);
  const [stored] = rows;
  // It is there, or a later one of its time.
  if (!stored) return;
  if (stored.replaced) {
    await transaction
      .deleteFrom('expiry_chain')
      .where('product', '=', product)
      .where('expiry', 'in', [...stored.replaced, ''])
      .where('time_us', '=', timeUs)
      .execute();
  }
  if (chain.expiries.length === 0) return;
  const own = {
    ...{ product, time_us: timeUs, epoch, sequence },
    ...{ underlying_price: underlyingPrice, underlying_volume: underlyingVolume },
    time_zone: timeZone ?? null,
  };
  await transaction
    .insertInto('expiry_chain')
    .values(
      chain.expiries.map((each) => ({
        ...own,
        expiry: each.expiry,
        options: Buffer.from(ExpiryChain.encode(each).finish()),
      })),
    )
    .execute();
}
