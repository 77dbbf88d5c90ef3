import { type Kysely, sql, type Transaction } from 'kysely';
import type { DB } from '../database.ts';
import type { Changes } from './Book.ts';
import { numbers } from './numbers.ts';
import { type KnownBars, type WrittenBars, writeBars } from './writeBars.ts';

/** How far a source has come with one group of ticks or bars. */
export interface SourceProgress {
  readonly name: string;
  /** The number that the database holds; 0 when it does not know the source. */
  readonly previous: number;
  readonly acknowledged: number;
}

/** Another writer has changed what this one believed to know: its memory is stale. */
export class StaleMemoryError extends Error {
  override readonly name = 'StaleMemoryError';
}

/**
 * Writes a group of ticks and bars, and the sequence numbers that they came with, in one transaction.
 *
 * Each asset and each source is written only if it still is what memory took it for, so neither a
 * second writer nor a commit whose outcome was not learnt can make a tick count twice or not at all.
 *
 * @returns what became of the bars, which are compared with those that are there.
 * @throws StaleMemoryError when it is not; nothing is written then.
 */
export async function writeChanges(
  database: Kysely<DB>,
  { assets, candles, bars }: Changes,
  sources: readonly SourceProgress[],
): Promise<WrittenBars> {
  return database.transaction().execute(async (transaction) => {
    await writeAssets(transaction, assets);
    await writeCandles(transaction, candles);
    const written = await writeBars(transaction, bars);
    await writeSources(transaction, sources, written.known);
    return written;
  });
}

async function writeAssets(transaction: Transaction<DB>, assets: Changes['assets']): Promise<void> {
  if (assets.length === 0) return;
  const { numAffectedRows } = await sql`
    merge into asset using unnest(
      ${assets.map(({ record }) => record.symbol)}::text[],
      ${numbers(assets, ({ previousCount }) => previousCount)}::bigint[],
      ${numbers(assets, ({ record }) => record.count)}::bigint[],
      ${numbers(assets, ({ record }) => record.first)}::float8[],
      ${numbers(assets, ({ record }) => record.firstUs)}::bigint[],
      ${numbers(assets, ({ record }) => record.last)}::float8[],
      ${numbers(assets, ({ record }) => record.lastUs)}::bigint[],
      ${numbers(assets, ({ record }) => record.high)}::float8[],
      ${numbers(assets, ({ record }) => record.low)}::float8[],
      ${numbers(assets, ({ record }) => record.turnover)}::float8[],
      ${numbers(assets, ({ record }) => record.volume)}::float8[]
    ) as new (symbol, previous_count, count, first, first_us, last, last_us, high, low, turnover, volume)
    on asset.symbol = new.symbol
    when matched and asset.count = new.previous_count then update set
      count = new.count, first = new.first, first_us = new.first_us, last = new.last,
      last_us = new.last_us, high = new.high, low = new.low, turnover = new.turnover,
      volume = new.volume
    when not matched and new.previous_count = 0 then insert
      (symbol, count, first, first_us, last, last_us, high, low, turnover, volume)
      values (new.symbol, new.count, new.first, new.first_us, new.last, new.last_us, new.high,
        new.low, new.turnover, new.volume)`.execute(transaction);
  checkAllWritten('asset', numAffectedRows, assets.length);
}

/** Candles are not kept in memory, so what is new is merged into what is there. */
async function writeCandles(
  transaction: Transaction<DB>,
  candles: Changes['candles'],
): Promise<void> {
  if (candles.length === 0) return;
  await sql`
    insert into candle
      (symbol, start_us, open, open_us, high, low, close, close_us, volume, count)
    select * from unnest(
      ${candles.map((candle) => candle.symbol)}::text[],
      ${numbers(candles, (candle) => candle.startUs)}::bigint[],
      ${numbers(candles, (candle) => candle.open)}::float8[],
      ${numbers(candles, (candle) => candle.openUs)}::bigint[],
      ${numbers(candles, (candle) => candle.high)}::float8[],
      ${numbers(candles, (candle) => candle.low)}::float8[],
      ${numbers(candles, (candle) => candle.close)}::float8[],
      ${numbers(candles, (candle) => candle.closeUs)}::bigint[],
      ${numbers(candles, (candle) => candle.volume)}::float8[],
      ${numbers(candles, (candle) => candle.count)}::bigint[]
    )
    on conflict (symbol, start_us) do update set
      open = case when excluded.open_us < candle.open_us then excluded.open else candle.open end,
      open_us = least(candle.open_us, excluded.open_us),
      high = greatest(candle.high, excluded.high),
      low = least(candle.low, excluded.low),
      close = case when excluded.close_us >= candle.close_us then excluded.close else candle.close end,
      close_us = greatest(candle.close_us, excluded.close_us),
      volume = candle.volume + excluded.volume,
      count = candle.count + excluded.count`.execute(transaction);
}

async function writeSources(
  transaction: Transaction<DB>,
  sources: readonly SourceProgress[],
  known: ReadonlyMap<string, KnownBars>,
): Promise<void> {
  if (sources.length === 0) return;
  const { numAffectedRows } = await sql`
    merge into source using unnest(
      ${sources.map((source) => source.name)}::text[],
      ${numbers(sources, (source) => source.previous)}::bigint[],
      ${numbers(sources, (source) => source.acknowledged)}::bigint[],
      ${numbers(sources, ({ name }) => known.get(name)?.repeated ?? 0)}::bigint[],
      ${numbers(sources, ({ name }) => known.get(name)?.corrected ?? 0)}::bigint[]
    ) as new (name, previous, acknowledged, repeated_bars, corrected_bars)
    on source.name = new.name
    when matched and source.acknowledged = new.previous then update set
      acknowledged = new.acknowledged,
      repeated_bars = source.repeated_bars + new.repeated_bars,
      corrected_bars = source.corrected_bars + new.corrected_bars
    when not matched and new.previous = 0 then insert
      (name, acknowledged, repeated_bars, corrected_bars)
      values (new.name, new.acknowledged, new.repeated_bars, new.corrected_bars)`.execute(
    transaction,
  );
  checkAllWritten('source', numAffectedRows, sources.length);
}

function checkAllWritten(table: string, written: bigint | undefined, expected: number): void {
  if (written === BigInt(expected)) return;
  throw new StaleMemoryError(
    `${table}: ${written} of ${expected} rows written, the others were changed by another writer`,
  );
}
