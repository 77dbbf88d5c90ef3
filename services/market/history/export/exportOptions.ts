import { ExpiryChain, type OptionColumns } from '@weft/proto/market/v1/option_market';
import type { Kysely } from 'kysely';
import type { Micros } from '../../../kit/time.ts';
import type { OptionKind } from '../../options/blackScholes.ts';
import { occSymbol } from '../../options/occSymbol.ts';
import type { DB } from '../database.ts';
import { type ChainRow, type Expiry, readChains } from '../read/chains.ts';
import { strikeIndex } from '../read/quoteOf.ts';
import type { TimeRange } from '../read/rangeOf.ts';
import type { NamedOption } from '../read/readSymbol.ts';
import type { Column, Export } from './Column.ts';

/** An option at one time: an entry of a chain's columns. */
interface OptionRow {
  readonly timeUs: Micros;
  readonly price: number;
  readonly symbol: string;
  readonly kind: OptionKind;
  readonly index: number;
  readonly chain: ExpiryChain;
  readonly own: OptionColumns;
}

/** Of what both kinds share, and of the kind's own. */
const shared = (name: string, of: (chain: ExpiryChain) => readonly number[]): Column<OptionRow> => {
  return { name, type: 'double', of: ({ chain, index }) => of(chain)[index] ?? 0 };
};
const own = (
  name: string,
  of: (columns: OptionColumns) => readonly number[],
  type: 'double' | 'integer' = 'double',
): Column<OptionRow> => {
  return { name, type, of: (row) => of(row.own)[row.index] ?? 0 };
};

const columns: readonly Column<OptionRow>[] = [
  { name: 'time', type: 'time', of: ({ timeUs }) => timeUs },
  { name: 'underlying_price', type: 'double', of: ({ price }) => price },
  { name: 'symbol', type: 'text', of: ({ symbol }) => symbol },
  { name: 'expiry', type: 'text', of: ({ chain }) => chain.expiry },
  { name: 'right', type: 'text', of: ({ kind }) => kind },
  shared('strike', ({ strike }) => strike),
  own('bid', ({ bid }) => bid),
  own('ask', ({ ask }) => ask),
  shared('volatility', ({ volatility }) => volatility),
  own('delta', ({ delta }) => delta),
  shared('gamma', ({ gamma }) => gamma),
  shared('vega', ({ vega }) => vega),
  own('theta', ({ theta }) => theta),
  own('rho', ({ rho }) => rho),
  own('volume', ({ volume }) => volume, 'integer'),
  own('open_interest', ({ openInterest }) => openInterest, 'integer'),
];

/** Chains that are read at once. */
const PORTION = 20;

/** All options of an expiry, calls before puts. */
export function exportChain(
  database: Kysely<DB>,
  expiry: Expiry,
  range: TimeRange,
): Export<OptionRow> {
  const portions = readPortions(database, expiry, range, (row) => {
    const chain = ExpiryChain.decode(row.options);
    return (['call', 'put'] as const).flatMap((kind) =>
      chain.strike.flatMap((_, index) => optionAt(row, chain, kind, index)),
    );
  });
  return { columns, portions };
}

/** One option. */
export function exportOption(
  database: Kysely<DB>,
  { root: product, expiry, kind, strike }: NamedOption,
  range: TimeRange,
): Export<OptionRow> {
  const portions = readPortions(database, { product, expiry }, range, (row) => {
    const chain = ExpiryChain.decode(row.options);
    const index = strikeIndex(chain, strike);
    return index < 0 ? [] : optionAt(row, chain, kind, index);
  });
  return { columns, portions };
}

async function* readPortions(
  database: Kysely<DB>,
  expiry: Expiry,
  range: TimeRange,
  optionsOf: (row: ChainRow) => OptionRow[],
): AsyncGenerator<OptionRow[]> {
  for (let { fromUs } = range; ; ) {
    const rows = await readChains(database, expiry, { ...range, fromUs }, PORTION);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.flatMap(optionsOf);
    fromUs = last.time_us + 1;
  }
}

function optionAt(row: ChainRow, chain: ExpiryChain, kind: OptionKind, index: number): OptionRow[] {
  const ownColumns = kind === 'call' ? chain.calls : chain.puts;
  const strike = chain.strike[index];
  if (!ownColumns || strike === undefined) return [];
  const symbol = occSymbol({ root: row.product, expiry: chain.expiry, kind, strike });
  return [
    {
      ...{ timeUs: row.time_us, price: row.underlying_price, symbol },
      ...{ kind, index, chain, own: ownColumns },
    },
  ];
}
