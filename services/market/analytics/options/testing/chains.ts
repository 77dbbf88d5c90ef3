import { ChainUpdated, type ExpiryChain } from '@weft/proto/market/v1/option_market';
import { timestampFromDate } from '../../../../kit/time.ts';

/** An expiry of a chain that is made for a test. */
export interface TestExpiry {
  readonly years: number;
  readonly forward: number;
  readonly strikes: readonly number[];
  /** By the log moneyness of the strike. */
  readonly volatility: (logMoneyness: number) => number;
  /** Contracts that are open, by the index of the strike. Default: none. */
  readonly calls?: readonly number[];
  readonly puts?: readonly number[];
}

export interface TestChain {
  /** Default: "ALFA". */
  readonly product?: string;
  readonly sequence: number;
  readonly price: number;
  /** By the market's clock. Default: a minute of a Monday for each sequence. */
  readonly at?: Date;
  readonly expiries?: readonly TestExpiry[];
}

const FIRST_MS = Date.parse('2026-01-05T14:30:00Z');
const MINUTE_MS = 60_000;

/** A chain as the feed would tell it, of what analytics looks at. */
export function chainOf({
  product = 'ALFA',
  sequence,
  price,
  at = new Date(FIRST_MS + (sequence - 1) * MINUTE_MS),
  expiries = [],
}: TestChain): ChainUpdated {
  return ChainUpdated.create({
    ...{ product, epoch: 1, sequence, underlyingPrice: price, marketTime: timestampFromDate(at) },
    expiries: expiries.map((expiry) => expiryOf(expiry, at)),
  });
}

function expiryOf(
  { years, forward, strikes, volatility, calls, puts }: TestExpiry,
  at: Date,
): Partial<ExpiryChain> {
  const none = strikes.map(() => 0);
  const expireTime = new Date(at.getTime() + years * 365 * 24 * 60 * MINUTE_MS);
  const columns = (openInterest: readonly number[] = none) => ({
    ...{ bid: none, ask: none, delta: none, theta: none, rho: none, volume: none },
    openInterest: [...openInterest],
  });
  return {
    ...{ years, forwardPrice: forward, strike: [...strikes] },
    ...{ expiry: expireTime.toISOString().slice(0, 10), expireTime: timestampFromDate(expireTime) },
    volatility: strikes.map((strike) => volatility(Math.log(strike / forward))),
    ...{ gamma: none, vega: none, calls: columns(calls), puts: columns(puts) },
  } as Partial<ExpiryChain>;
}
