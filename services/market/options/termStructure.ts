export interface TermPoint {
  readonly years: number;
  /** At the money, of a year. */
  readonly volatility: number;
}

export interface ForwardPoint {
  readonly fromYears: number;
  readonly toYears: number;
  /** What the market expects between two expiries; null where the later one has less total variance: calendar arbitrage. */
  readonly volatility: number | null;
}

/**
 * Forward volatilities from expiry to expiry: total variance adds up over time.
 *
 * @param points In rising order of years, each above 0.
 */
export function forwardVolatilities(points: readonly TermPoint[]): ForwardPoint[] {
  let before: TermPoint = { years: 0, volatility: 0 };
  return points.map((point) => {
    const variance = point.volatility ** 2 * point.years - before.volatility ** 2 * before.years;
    const years = point.years - before.years;
    const forward = {
      fromYears: before.years,
      toYears: point.years,
      volatility: variance >= 0 ? Math.sqrt(variance / years) : null,
    };
    before = point;
    return forward;
  });
}

/**
 * Volatility at the money for a constant time, such as 30 days: between expiries linear in total variance.
 *
 * @returns null outside of the expiries.
 * @see Cboe, "Volatility Index Methodology": how two expiries make 30 days.
 */
export function volatilityForTerm(points: readonly TermPoint[], years: number): number | null {
  const later = points.findIndex((point) => point.years >= years);
  const next = points[later];
  if (!next) return null;
  if (next.years === years) return next.volatility;
  const before = points[later - 1];
  if (!before) return null;
  const share = (years - before.years) / (next.years - before.years);
  const [low, high] = [before, next].map(({ volatility, years: at }) => volatility ** 2 * at);
  return Math.sqrt(((1 - share) * (low as number) + share * (high as number)) / years);
}
