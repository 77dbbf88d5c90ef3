/** A volatility surface: how the at-the-money volatility goes with time, and how the smile lies around it. */
export interface Smile {
  /** At-the-money volatility of the shortest expiries, above 0. */
  readonly shortVolatility: number;
  /** That which expiries far away come near to, above 0. */
  readonly longVolatility: number;
  /** How fast, per year, above 0. */
  readonly reversion: number;
  /** Correlation of spot and volatility, between -1 and 1: below 0 low strikes are dearer. */
  readonly skew: number;
  /** How strong the smile is, above 0. */
  readonly curvature: number;
}

/**
 * Refuses a surface with static arbitrage. With the curve of `smileVolatility`, whose total variance at the money rises for
 * any volatilities above 0, one condition is left: curvature² (1 + |skew|) ≤ 4.
 *
 * @throws RangeError in words for whoever set it.
 * @see J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14 (2014), 59:
 *   theorem 4.1 (no calendar arbitrage) and theorem 4.2 (no butterfly arbitrage).
 */
export function checkedSmile(smile: Smile): Smile {
  for (const name of ['shortVolatility', 'longVolatility', 'reversion', 'curvature'] as const) {
    const value = smile[name];
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be a finite number above 0`);
    }
  }
  if (!(Math.abs(smile.skew) < 1)) throw new RangeError('skew must lie between -1 and 1');
  if (smile.curvature ** 2 * (1 + Math.abs(smile.skew)) > 4) {
    throw new RangeError('curvature² (1 + |skew|) must be 4 at most: the smile has arbitrage');
  }
  return smile;
}

/**
 * The volatility of a strike, by SSVI with the curve φ(θ) = η / √(θ (1 + θ)): total variance is
 * θ/2 (1 + ρφk + √((φk + ρ)² + 1 - ρ²)), where θ is that at the money, ρ the skew and η the curvature. At expiry, when no
 * price depends on it, it is `shortVolatility`.
 *
 * @param smile As `checkedSmile` has passed it.
 * @param logMoneyness ln(strike / forward).
 * @param years Until expiry, from 0.
 * @see The same paper, equations (4.1) and (4.5) with γ = 1/2.
 */
export function smileVolatility(smile: Smile, logMoneyness: number, years: number): number {
  if (years === 0) return smile.shortVolatility;
  const theta = atTheMoneyVariance(smile, years);
  const { skew, curvature } = smile;
  const slope = (curvature * logMoneyness) / Math.sqrt(theta * (1 + theta));
  const bend = Math.sqrt((slope + skew) ** 2 + 1 - skew * skew);
  return Math.sqrt((theta * (1 + skew * slope + bend)) / (2 * years));
}

/**
 * Total variance at the money until an expiry: of a variance that goes from the short one to the long one at an exponentially
 * falling pace, so that it rises with time whatever they are.
 */
export function atTheMoneyVariance(
  { shortVolatility, longVolatility, reversion }: Smile,
  years: number,
): number {
  const long = longVolatility ** 2;
  const excess = shortVolatility ** 2 - long;
  return long * years - (excess * Math.expm1(-reversion * years)) / reversion;
}
