import type { ExpiryChain } from '@weft/proto/market/v1/option_market';
import { normalCdf } from '../../../options/normal.ts';
import { fitSvi, type Svi, type SviFit, sviVariance } from '../../../options/svi.ts';
import { volatilityAt } from '../../../options/volatilityAt.ts';

/** An expiry's strikes that have a volatility, and the curve through those. */
export interface FittedExpiry {
  readonly chain: ExpiryChain;
  readonly strikes: readonly number[];
  /** ln(strike / forward), of the strikes. */
  readonly logMoneyness: readonly number[];
  /** As quoted, of the strikes. */
  readonly volatilities: readonly number[];
  /** Null: there are too few strikes for one. */
  readonly fit: SviFit | null;
}

/** @param chain Of an expiry that has not come to its end. */
export function fitExpiry(chain: ExpiryChain): FittedExpiry {
  const { years, forwardPrice } = chain;
  const quoted = chain.strike.flatMap((strike, i) => {
    const volatility = chain.volatility[i] ?? Number.NaN;
    return volatility > 0 && volatility < Number.POSITIVE_INFINITY ? [{ strike, volatility }] : [];
  });
  const logMoneyness = quoted.map(({ strike }) => Math.log(strike / forwardPrice));
  const volatilities = quoted.map(({ volatility }) => volatility);
  const variances = volatilities.map((volatility) => volatility ** 2 * years);
  return {
    ...{ chain, logMoneyness, volatilities, fit: fitSvi(logMoneyness, variances) },
    strikes: quoted.map(({ strike }) => strike),
  };
}

/** As quoted, between strikes linear in total variance; null beyond them. */
export function quotedVolatility(
  { logMoneyness, volatilities }: FittedExpiry,
  at: number,
): number | null {
  return volatilityAt(logMoneyness, volatilities, at);
}

/** By a curve; 0 where its variance is below 0. */
export function fittedVolatility(svi: Svi, years: number, logMoneyness: number): number {
  return Math.sqrt(Math.max(sviVariance(svi, logMoneyness), 0) / years);
}

/** Of a call, with the forward in place of the spot: Φ(d1). Without a variance it is what the call is worth exercising. */
export function callDelta(logMoneyness: number, variance: number): number {
  if (!(variance > 0)) return logMoneyness < 0 ? 1 : 0;
  const deviation = Math.sqrt(variance);
  return normalCdf(-logMoneyness / deviation + 0.5 * deviation);
}

/** Halvings until neighbouring numbers. */
const HALVINGS = 60;

/**
 * The log moneyness at which a call has a delta by the curve, among the listed strikes.
 *
 * @returns null: it lies beyond them, or there is no curve.
 */
export function logMoneynessOf(expiry: FittedExpiry, delta: number): number | null {
  const { fit, logMoneyness } = expiry;
  if (!fit) return null;
  const deltaAt = (k: number) => callDelta(k, sviVariance(fit.svi, k));
  let [low, high] = [logMoneyness[0] as number, logMoneyness.at(-1) as number];
  if (deltaAt(low) < delta || deltaAt(high) > delta) return null;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = 0.5 * (low + high);
    if (deltaAt(middle) >= delta) low = middle;
    else high = middle;
  }
  return low;
}
