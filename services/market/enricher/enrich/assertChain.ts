import type { ChainUpdated, ExpiryChain, OptionColumns } from '@weft/proto/market/v1/option_market';

/** An expiry whose columns are there and have one length. */
export type CheckedExpiry = ExpiryChain & {
  readonly calls: OptionColumns;
  readonly puts: OptionColumns;
};

/**
 * The expiries of a chain. Volatilities may be missing (NaN, or not above 0): what is worked out without them has none.
 *
 * @throws Error that says what is wrong: a chain that cannot be read is put aside, and not made up for.
 */
export function assertChain(chain: ChainUpdated): readonly CheckedExpiry[] {
  const { product, sequence, marketTime, underlyingPrice, expiries } = chain;
  const name = `chain ${sequence} of ${JSON.stringify(product.slice(0, 40))}`;
  if (!marketTime) throw new Error(`${name} has no market_time`);
  if (!isPositive(underlyingPrice)) {
    throw new Error(`${name}: underlying_price is ${underlyingPrice}`);
  }
  return expiries.map((expiry) => assertExpiry(`${name}, ${expiry.expiry}`, expiry));
}

function assertExpiry(name: string, expiry: ExpiryChain): CheckedExpiry {
  const { years, forwardPrice, strike, volatility, calls, puts } = expiry;
  if (!(years >= 0 && years < Number.POSITIVE_INFINITY))
    throw new Error(`${name}: years is ${years}`);
  if (!isPositive(forwardPrice)) throw new Error(`${name}: forward_price is ${forwardPrice}`);
  if (!calls || !puts) throw new Error(`${name} has no ${calls ? 'puts' : 'calls'}`);
  for (const [at, each] of strike.entries()) {
    if (!(isPositive(each) && each > (strike[at - 1] ?? 0))) {
      throw new Error(`${name}: strikes do not rise: ${each} at ${at}`);
    }
  }
  const columns = {
    volatility,
    ...{ 'calls.volume': calls.volume, 'calls.open_interest': calls.openInterest },
    ...{ 'puts.volume': puts.volume, 'puts.open_interest': puts.openInterest },
  };
  for (const [column, { length }] of Object.entries(columns)) {
    if (length === strike.length) continue;
    throw new Error(`${name}: ${column} has ${length} entries for ${strike.length} strikes`);
  }
  return { ...expiry, calls, puts };
}

function isPositive(value: number): boolean {
  return value > 0 && value < Number.POSITIVE_INFINITY;
}
