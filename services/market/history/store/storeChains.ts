import { type ChainUpdated, ExpiryChain } from '@weft/proto/market/v1/option_market';
import { sql, type Transaction } from 'kysely';
import type { BatchHandler } from '../../../kit/events/on.ts';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { Partitions } from './Partitions.ts';
import { newestOfEach, storeTimed, type Timed } from './Timed.ts';

/**
 * Keeps each chain at its time: whichever order they come in, of one product and time the one of the highest epoch and sequence
 * stays.
 */
export function storeChains(
  partitions: Partitions,
): BatchHandler<ChainUpdated, DB, readonly Timed<ChainUpdated>[]> {
  return {
    prepare: async (events) => newestOfEach(events),
    handle: (chains, context) =>
      storeTimed(partitions, chains, context, (kept) => write(context.transaction, kept)),
  };
}

/** A chain that has taken its place, and the expiries of the one that had it before. */
interface Taken {
  readonly product: string;
  readonly time_us: Micros;
  readonly replaced: readonly string[] | null;
}

async function write(
  transaction: Transaction<DB>,
  chains: readonly Timed<ChainUpdated>[],
): Promise<void> {
  const taken = new Map(
    (await writeUnderlyings(transaction, chains)).map((each) => [keyOf(each), each]),
  );
  const replaced = [...taken.values()].flatMap(({ replaced, ...own }) =>
    (replaced ?? []).map((expiry) => ({ ...own, expiry })),
  );
  if (replaced.length > 0) {
    await sql`
      delete from expiry_chain as own
      using unnest(
        ${replaced.map(({ product }) => product)}::text[],
        ${replaced.map(({ expiry }) => expiry)}::text[],
        ${replaced.map(({ time_us }) => time_us)}::bigint[]
      ) as old (product, expiry, time_us)
      where own.product = old.product and own.expiry = old.expiry
        and own.time_us = old.time_us`.execute(transaction);
  }
  const rows = chains
    .filter(({ event: { product }, timeUs }) => taken.has(keyOf({ product, time_us: timeUs })))
    .flatMap(({ event, timeUs }) => event.expiries.map((each) => ({ event, timeUs, each })));
  if (rows.length === 0) return;
  await sql`
    insert into expiry_chain (
      product, expiry, time_us, epoch, sequence, underlying_price, underlying_volume,
      time_zone, options
    )
    select * from unnest(
      ${rows.map(({ event }) => event.product)}::text[],
      ${rows.map(({ each }) => each.expiry)}::text[],
      ${rows.map(({ timeUs }) => timeUs)}::bigint[],
      ${rows.map(({ event }) => event.epoch)}::bigint[],
      ${rows.map(({ event }) => event.sequence)}::bigint[],
      ${rows.map(({ event }) => event.underlyingPrice)}::float8[],
      ${rows.map(({ event }) => event.underlyingVolume)}::bigint[],
      ${rows.map(({ event }) => event.timeZone ?? null)}::text[],
      ${rows.map(({ each }) => Buffer.from(ExpiryChain.encode(each).finish()))}::bytea[]
    )`.execute(transaction);
}

/** @returns those that count: others are there already, or a later one of their time is. */
async function writeUnderlyings(
  transaction: Transaction<DB>,
  chains: readonly Timed<ChainUpdated>[],
): Promise<Taken[]> {
  const { rows } = await sql<Taken>`
    with stored as (
      insert into underlying (
        product, time_us, epoch, sequence, price, volume, time_zone, expiries
      )
      select product, time_us, epoch, sequence, price, volume, time_zone,
        string_to_array(expiries, ',')
      from unnest(
        ${chains.map(({ event }) => event.product)}::text[],
        ${chains.map(({ timeUs }) => timeUs)}::bigint[],
        ${chains.map(({ event }) => event.epoch)}::bigint[],
        ${chains.map(({ event }) => event.sequence)}::bigint[],
        ${chains.map(({ event }) => event.underlyingPrice)}::float8[],
        ${chains.map(({ event }) => event.underlyingVolume)}::bigint[],
        ${chains.map(({ event }) => event.timeZone ?? null)}::text[],
        ${chains.map(({ event }) => event.expiries.map(({ expiry }) => expiry).join())}::text[]
      ) as given (product, time_us, epoch, sequence, price, volume, time_zone, expiries)
      on conflict (product, time_us) do update
        set epoch = excluded.epoch, sequence = excluded.sequence, price = excluded.price,
          volume = excluded.volume, time_zone = excluded.time_zone, expiries = excluded.expiries
        where (underlying.epoch, underlying.sequence) < (excluded.epoch, excluded.sequence)
      returning new.product, new.time_us, old.expiries as replaced
    ), noted as (
      insert into product as known (symbol, last_time_us)
      select product, max(time_us) from stored group by product
      on conflict (symbol) do update set last_time_us = excluded.last_time_us
        where known.last_time_us < excluded.last_time_us
    )
    select * from stored`.execute(transaction);
  return rows;
}

function keyOf({ product, time_us }: Pick<Taken, 'product' | 'time_us'>): string {
  return `${product} ${time_us}`;
}
