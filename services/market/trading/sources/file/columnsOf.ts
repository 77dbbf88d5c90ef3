import { SourceError } from '../SourceError.ts';
import { quoteAll } from './quote.ts';

/** A column that is read. */
export interface Column {
  readonly name: string;
  readonly index: number;
}

export interface Columns {
  readonly time: Column;
  /** One for ticks; open, high, low and close for bars. */
  readonly prices: readonly Column[];
  readonly size: Column;
  /** Says which asset a row is of. */
  readonly symbol: Column | undefined;
}

const TIME = ['date', 'time', 'datetime', 'timestamp'];
const SYMBOL = ['symbol', 'ticker', 'name', 'asset', 'instrument'];
const BAR = { prices: ['open', 'high', 'low', 'close'], size: 'volume' };
const TICK = { prices: ['price'], size: 'size' };

/**
 * The columns of a header, whose fields may be in any letter case.
 *
 * @throws SourceError that says which is missing or there twice.
 */
export function columnsOf(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const time = findTime(names);
  const kind = [BAR, TICK].find(({ prices }) => prices.every((name) => names.includes(name)));
  if (!kind) {
    throw headerError(
      `has neither open, high, low, close and volume nor price and size; it has ${quoteAll(header)}`,
    );
  }
  return {
    time,
    prices: kind.prices.map((name) => findOne(names, name)),
    size: findOne(names, kind.size),
    symbol: findSymbol(names),
  };
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

/** The most telling of those that there are: a file may hold a ticker and the name of its company. */
function findSymbol(names: readonly string[]): Column | undefined {
  const found = SYMBOL.find((name) => names.includes(name));
  return found === undefined ? undefined : findOne(names, found);
}

function findOne(names: readonly string[], name: string): Column {
  const index = names.indexOf(name);
  if (index < 0) throw headerError(`lacks the column "${name}"; it has ${quoteAll(names)}`);
  if (names.includes(name, index + 1)) throw headerError(`has the column "${name}" twice`);
  return { name, index };
}

function headerError(problem: string): SourceError {
  return new SourceError(`row 1: the header ${problem}`);
}
