import { isExactMicros, type Micros } from '../../../../kit/time.ts';
import { explainTime, readWrittenTime, type TimeForm } from '../readTime.ts';
import { SourceError } from '../SourceError.ts';
import { type Column, columnsOf } from './columnsOf.ts';
import { cut, quote } from './quote.ts';
import { WallClock } from './WallClock.ts';

/** What a row says: one price for a tick; open, high, low and close for a bar. */
export interface Row {
  readonly atUs: Micros;
  /** The time as the file writes it, as if in UTC. */
  readonly wallUs: Micros;
  readonly form: TimeForm;
  readonly prices: readonly number[];
  /** Size of the tick, or volume of the bar. */
  readonly size: number;
  /** Of which asset; empty if the file does not say. */
  readonly symbol: string;
}

/** Each digit can be read in one way only, so that a long text is refused in time that grows with its length. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
/** No time and no number that means anything is longer. */
const MAX_FIELD_LENGTH = 64;

/** Reads the rows below a header. */
export class RowReader {
  readonly #width: number;
  readonly #time: Column;
  readonly #prices: readonly Column[];
  readonly #size: Column;
  readonly #symbol: Column | undefined;
  /** All that are read. */
  readonly #columns: readonly Column[];
  readonly #clock: WallClock;

  /**
   * @param header The header's fields, in any letter case.
   * @param timeZone Of times that name none. Default: UTC.
   * @throws SourceError that says which column is missing or there twice.
   */
  constructor(header: readonly string[], timeZone = '') {
    const { time, prices, size, symbol } = columnsOf(header);
    this.#width = header.length;
    this.#time = time;
    this.#prices = prices;
    this.#size = size;
    this.#symbol = symbol;
    this.#columns = [time, ...prices, size, ...(symbol ? [symbol] : [])];
    this.#clock = clockOf(timeZone);
  }

  /** Whether rows say which asset they are of. */
  get readsSymbols(): boolean {
    return this.#symbol !== undefined;
  }

  /** Whether rows are bars. */
  get readsBars(): boolean {
    return this.#prices.length > 1;
  }

  /**
   * @param latestUs Rows of a later time are wrong.
   * @returns what is wrong, as text, for a row that cannot be read.
   */
  read(fields: readonly string[], latestUs: Micros): Row | string {
    if (fields.length !== this.#width) {
      return `has ${fields.length} fields, the header has ${this.#width}`;
    }
    for (const { name, index } of this.#columns) {
      const text = fields[index] as string;
      if (text.length > MAX_FIELD_LENGTH) {
        return `${name}: is longer than ${MAX_FIELD_LENGTH} characters: ${quote(text)}`;
      }
    }
    const text = fields[this.#time.index] as string;
    const time = readWrittenTime(text);
    if (time === undefined || !isExactMicros(time.us)) {
      return `${this.#time.name}: ${explainTime(text)}: ${quote(text)}`;
    }
    const { form, wallUs } = time;
    const isLocal = form === 'date' || form === 'date and time';
    const atUs = isLocal ? this.#clock.instant(wallUs) : time.us;
    if (atUs > latestUs) return `${this.#time.name}: lies in the future: ${quote(text)}`;

    const prices: number[] = [];
    for (const column of this.#prices) {
      const price = readNumber(column, fields);
      if (typeof price === 'string') return price;
      if (price <= 0) {
        return `${column.name}: must be above 0: ${cut(fields[column.index] as string)}`;
      }
      prices.push(price);
    }
    const size = readNumber(this.#size, fields);
    if (typeof size === 'string') return size;
    if (size < 0) {
      return `${this.#size.name}: must not be below 0: ${cut(fields[this.#size.index] as string)}`;
    }
    const symbol = this.#symbol ? (fields[this.#symbol.index] as string) : '';
    return barProblem(prices) ?? { atUs, wallUs, form, prices, size, symbol };
  }
}

/** What makes a bar impossible, if anything does. */
function barProblem(prices: readonly number[]): string | undefined {
  if (prices.length === 1) return undefined;
  const [open, high, low, close] = prices as [number, number, number, number];
  if (high < low) return `high: ${high} is below low: ${low}`;
  for (const [name, price] of [
    ['open', open],
    ['close', close],
  ] as const) {
    if (price > high) return `high: ${high} is below ${name}: ${price}`;
    if (price < low) return `low: ${low} is above ${name}: ${price}`;
  }
  return undefined;
}

function readNumber({ name, index }: Column, fields: readonly string[]): number | string {
  const text = fields[index] as string;
  if (text === '') return `${name}: is empty`;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : `${name}: not a number: ${quote(text)}`;
}

function clockOf(timeZone: string): WallClock {
  try {
    return new WallClock(timeZone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SourceError(`there is no time zone ${quote(timeZone)}`);
  }
}
