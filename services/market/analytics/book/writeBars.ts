import { sql, type Transaction } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import { type Bar, saysTheSame } from './Bar.ts';
import { addBar, type BarTotals, noBars } from './BarTotals.ts';
import { numbers } from './numbers.ts';
import { totalsOf } from './totalsOf.ts';

/** A bar as it came, and from where. */
export interface SentBar {
  readonly bar: Bar;
  readonly lengthUs: Micros;
  /** Name of its source. */
  readonly source: string;
}

/** Bars of a source that were there already. */
export interface KnownBars {
  /** With the same figures: they have added nothing. */
  readonly repeated: number;
  /** With others, whose place they have taken. */
  readonly corrected: number;
}

export interface WrittenBars {
  /** The new totals of each asset. */
  readonly totals: readonly BarTotals[];
  /** By the name of the source; none for a source all of whose bars were new. */
  readonly known: ReadonlyMap<string, KnownBars>;
}

/**
 * Writes bars in the order in which they came: an asset has one bar to a start. What is known of an asset's bars is
 * locked meanwhile, so that another writer waits.
 */
export async function writeBars(
  transaction: Transaction<DB>,
  sent: readonly SentBar[],
): Promise<WrittenBars> {
  if (sent.length === 0) return { totals: [], known: new Map() };
  const totals = await lockTotals(transaction, sent);
  const stored = await readStored(transaction, sent);
  const changed = new Map<string, Bar>();
  const corrected = new Set<string>();
  const known = new Map<string, KnownBars>();
  for (const { bar, source } of sent) {
    const before = stored.get(keyOf(bar));
    const sum = totals.get(bar.symbol) as BarTotals;
    const { repeated: repeats, corrected: corrections } = known.get(source) ?? NONE;
    if (before === undefined) {
      totals.set(bar.symbol, addBar(sum, bar));
    } else if (saysTheSame(before, bar)) {
      known.set(source, { repeated: repeats + 1, corrected: corrections });
    } else {
      known.set(source, { repeated: repeats, corrected: corrections + 1 });
      totals.set(bar.symbol, { ...sum, correctedCount: sum.correctedCount + 1 });
      corrected.add(bar.symbol);
    }
    // One that was under way may have ended since, with the same figures.
    if (before === undefined || !saysTheSame(before, bar) || before.endUs !== bar.endUs) {
      stored.set(keyOf(bar), bar);
      changed.set(keyOf(bar), bar);
    }
  }
  await upsert(transaction, [...changed.values()]);
  for (const symbol of corrected) {
    totals.set(symbol, await sumAnew(transaction, totals.get(symbol) as BarTotals));
  }
  await writeTotals(transaction, [...totals.values()]);
  return { totals: [...totals.values()], known };
}

const NONE: KnownBars = { repeated: 0, corrected: 0 };

function keyOf({ symbol, startUs }: Bar): string {
  return `${startUs} ${symbol}`;
}

async function lockTotals(
  transaction: Transaction<DB>,
  sent: readonly SentBar[],
): Promise<Map<string, BarTotals>> {
  const lengths = new Map(sent.map(({ bar, lengthUs }) => [bar.symbol, lengthUs]));
  const symbols = [...lengths.keys()].sort();
  // An asset's first bars make a row to lock.
  await transaction
    .insertInto('bar_totals')
    .values(symbols.map((symbol) => rowOf(noBars(symbol, lengths.get(symbol) as Micros))))
    .onConflict((conflict) => conflict.column('symbol').doNothing())
    .execute();
  const rows = await transaction
    .selectFrom('bar_totals')
    .selectAll()
    .where('symbol', 'in', symbols)
    .orderBy('symbol')
    .forUpdate()
    .execute();
  for (const { symbol, length_us } of rows) {
    // Another instance has begun with this asset since memory was read.
    if (length_us !== lengths.get(symbol)) throw new Error(`${symbol}: bars of another length`);
  }
  return new Map(
    rows.map((row) => [
      row.symbol,
      row.count === 0 ? noBars(row.symbol, row.length_us) : totalsOf(row),
    ]),
  );
}

async function readStored(
  transaction: Transaction<DB>,
  sent: readonly SentBar[],
): Promise<Map<string, Bar>> {
  const { rows } = await sql<DB['bar']>`
    select bar.* from bar join unnest(
      ${sent.map(({ bar }) => bar.symbol)}::text[],
      ${numbers(sent, ({ bar }) => bar.startUs)}::bigint[]
    ) as sent (symbol, start_us) on bar.symbol = sent.symbol and bar.start_us = sent.start_us`.execute(
    transaction,
  );
  const bars = rows.map(
    ({ start_us: startUs, end_us: endUs, ...bar }): Bar => ({ ...bar, startUs, endUs }),
  );
  return new Map(bars.map((bar) => [keyOf(bar), bar]));
}

async function upsert(transaction: Transaction<DB>, bars: readonly Bar[]): Promise<void> {
  if (bars.length === 0) return;
  await sql`
    insert into bar (symbol, start_us, end_us, open, high, low, close, volume)
    select * from unnest(
      ${bars.map(({ symbol }) => symbol)}::text[],
      ${numbers(bars, ({ startUs }) => startUs)}::bigint[],
      ${numbers(bars, ({ endUs }) => endUs)}::bigint[],
      ${numbers(bars, ({ open }) => open)}::float8[],
      ${numbers(bars, ({ high }) => high)}::float8[],
      ${numbers(bars, ({ low }) => low)}::float8[],
      ${numbers(bars, ({ close }) => close)}::float8[],
      ${numbers(bars, ({ volume }) => volume)}::float8[]
    )
    on conflict (symbol, start_us) do update set
      end_us = excluded.end_us, open = excluded.open, high = excluded.high, low = excluded.low,
      close = excluded.close, volume = excluded.volume`.execute(transaction);
}

/** What a corrected bar has been cannot be taken out of a sum without a trace: all are summed again, by their time. */
async function sumAnew(transaction: Transaction<DB>, totals: BarTotals): Promise<BarTotals> {
  const { rows } = await sql<Pick<DB['bar_totals'], SumColumn>>`
    select count(*)::bigint as count, (array_agg(open order by start_us))[1] as first,
      min(start_us) as first_us, (array_agg(close order by end_us desc))[1] as last,
      max(end_us) - 1 as last_us, max(high) as high, min(low) as low,
      sum(volume * ((open + high + low + close) / 4) order by start_us) as turnover,
      sum(volume order by start_us) as volume
    from bar where symbol = ${totals.symbol}`.execute(transaction);
  const { first_us: firstUs, last_us: lastUs, ...sums } = rows[0] as (typeof rows)[0];
  return { ...totals, ...sums, firstUs, lastUs };
}

type SumColumn = Exclude<keyof DB['bar_totals'], 'symbol' | 'length_us' | 'corrected_count'>;

async function writeTotals(
  transaction: Transaction<DB>,
  totals: readonly BarTotals[],
): Promise<void> {
  for (const each of totals) {
    const { symbol, ...row } = rowOf(each);
    await transaction
      .updateTable('bar_totals')
      .set(row)
      .where('symbol', '=', symbol)
      .executeTakeFirstOrThrow();
  }
}

function rowOf({ lengthUs, correctedCount, firstUs, lastUs, ...totals }: BarTotals) {
  return {
    ...totals,
    length_us: lengthUs,
    corrected_count: correctedCount,
    // An asset without a bar, which no reader sees, has no times.
    first_us: Number.isFinite(firstUs) ? firstUs : 0,
    last_us: Number.isFinite(lastUs) ? lastUs : 0,
  };
}
