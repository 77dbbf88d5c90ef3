import { volatilityAt } from './volatilityAt.ts';

/**
 * Skew of an expiry: the volatility of what is 90 % of the forward, less that of what is 110 %; above 0 where low strikes are
 * dearer. Null where the strikes do not reach as far.
 */
export function skew(
  logMoneyness: ArrayLike<number>,
  volatilities: ArrayLike<number>,
): number | null {
  const low = volatilityAt(logMoneyness, volatilities, Math.log(0.9));
  const high = volatilityAt(logMoneyness, volatilities, Math.log(1.1));
  return low === null || high === null ? null : low - high;
}
