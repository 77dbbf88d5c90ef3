import { isExactMicros, type Micros } from '../../../../kit/time.ts';
import { readTime } from '../readTime.ts';
import { SourceError } from '../TickSource.ts';

/** What a row says: one price for a tick; open, high, low and close for a bar. */
export interface Row {
  readonly atUs: Micros;
  readonly prices: readonly number[];
  /** Size of the tick, or volume of the bar. */
  readonly size: number;
}

const TIME = ['date', 'time', 'datetime', 'timestamp'];
const BAR = { prices: ['open', 'high', 'low', 'close'], size: 'volume' };
const TICK = { prices: ['price'], size: 'size' };
/** Each digit can be read in one way only, so that a long text is refused in time that grows with its length. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
/** No time and no number that means anything is longer. */
const MAX_FIELD_LENGTH = 64;
/** How much of a field is shown to whoever reads about a bad row. */
const MAX_QUOTED_LENGTH = 40;

interface Column {
  readonly name: string;
  readonly index: number;
}

/** Reads the rows below a header. */
export class RowReader {
  readonly #width: number;
  readonly #time: Column;
  readonly #prices: readonly Column[];
  readonly #size: Column;
  /** All that are read. */
  readonly #columns: readonly Column[];

  /**
   * @param header The header's fields, in any letter case.
   * @throws SourceError that says which column is missing or there twice.
   */
  constructor(header: readonly string[]) {
    const names = header.map((name) => name.trim().toLowerCase());
    this.#width = names.length;
    this.#time = findTime(names);
    const kind = [BAR, TICK].find(({ prices }) => prices.every((name) => names.includes(name)));
    if (!kind) {
      throw headerError(
        `has neither open, high, low, close and volume nor price and size; it has ${quoteAll(header)}`,
      );
    }
    this.#prices = kind.prices.map((name) => findOne(names, name));
    this.#size = findOne(names, kind.size);
    this.#columns = [this.#time, ...this.#prices, this.#size];
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
    const atUs = readTime(text);
    if (atUs === undefined || !isExactMicros(atUs)) {
      return `${this.#time.name}: not a time (ISO 8601, or seconds or milliseconds since 1970): ${quote(text)}`;
    }
    if (atUs > latestUs) return `${this.#time.name}: lies in the future: ${quote(text)}`;

    const prices: number[] = [];
    for (const column of this.#prices) {
      const price = readNumber(column, fields);
      if (typeof price === 'string') return price;
      if (price <= 0) return `${column.name}: must be above 0: ${fields[column.index]}`;
      prices.push(price);
    }
    const size = readNumber(this.#size, fields);
    if (typeof size === 'string') return size;
    if (size < 0) return `${this.#size.name}: must not be below 0: ${fields[this.#size.index]}`;
    return { atUs, prices, size };
  }
}

function readNumber({ name, index }: Column, fields: readonly string[]): number | string {
  const text = fields[index] as string;
  if (text === '') return `${name}: is empty`;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : `${name}: not a number: ${quote(text)}`;
}

function findTime(names: readonly string[]): Column {
  const found = TIME.filter((name) => names.includes(name));
  if (found.length > 1) throw headerError(`has more than one time column: ${quoteAll(found)}`);
  if (found[0] !== undefined) return findOne(names, found[0]);
  if (names[0] === '') return { name: 'the unnamed first column', index: 0 };
  throw headerError(
    `has no time column: it must be called date, time, datetime or timestamp, or be the unnamed first one; it has ${quoteAll(names)}`,
  );
}

function findOne(names: readonly string[], name: string): Column {
  const index = names.indexOf(name);
  if (index < 0) throw headerError(`lacks the column "${name}"; it has ${quoteAll(names)}`);
  if (names.includes(name, index + 1)) throw headerError(`has the column "${name}" twice`);
  return { name, index };
}

function quoteAll(names: readonly string[]): string {
  return names.slice(0, 30).map(quote).join(', ');
}

function quote(text: string): string {
  const shown = text.slice(0, MAX_QUOTED_LENGTH);
  return `${JSON.stringify(shown)}${shown.length < text.length ? '...' : ''}`;
}

function headerError(problem: string): SourceError {
  return new SourceError(`row 1: the header ${problem}`);
}
