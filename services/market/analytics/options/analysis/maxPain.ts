import type {
  ChainReference,
  ExpiryMaxPain,
  GetMaxPainResponse,
} from '@weft/proto/market/v1/option_analytics';
import type { ExpiryChain } from '@weft/proto/market/v1/option_market';
import { maxPain } from '../../../options/maxPain.ts';

/** Max pain of each expiry. */
export function maxPains(
  chain: ChainReference,
  expiries: readonly ExpiryChain[],
): GetMaxPainResponse {
  return { chain, expiries: expiries.map((expiry) => maxPainOf(expiry, chain.underlyingPrice)) };
}

function maxPainOf({ expiry, strike, calls, puts }: ExpiryChain, price: number): ExpiryMaxPain {
  const open = { calls: calls?.openInterest ?? [], puts: puts?.openInterest ?? [] };
  const found = maxPain(strike, open);
  return {
    expiry,
    callOpenInterest: sum(open.calls),
    putOpenInterest: sum(open.puts),
    ...(found && { ...found, distance: found.strike / price - 1 }),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
