import { type Svi, sviVariance } from './svi.ts';

/** Why an expiry's variances allow a profit without risk. */
export interface ButterflyArbitrage {
  /**
   * - `negative-variance`: of some strikes;
   * - `steep-wing`: variance rises by more than 2 for each unit of log moneyness, so that far calls would not get cheap;
   * - `negative-density`: some butterfly has a price below 0.
   */
  readonly kind: 'negative-variance' | 'steep-wing' | 'negative-density';
  /** Where it is worst; of a wing, minus or plus infinity. */
  readonly logMoneyness: number;
  /** There: the variance, the slope of the wing, or Gatheral's g. */
  readonly value: number;
}

export interface CalendarArbitrage {
  /** Where it is worst: a later option costs less than an earlier one with the same strike over its forward. */
  readonly logMoneyness: number;
  /** Total variance of the later expiry less that of the earlier one: below 0. */
  readonly value: number;
}

/** Of z in k = m + σ sinh z, so that points lie close where the curve bends and reach far beyond all strikes. */
const REACH = 6;
const POINTS = 1201;
/** What is rounding. */
const LEAST = 1e-12;

/**
 * Where an expiry has butterfly arbitrage: where its density is below 0. That is the sign of g(k) = (1 - kw'/2w)² - w'²/4 (1/w +
 * 1/4) + w''/2, so that a variance above 0 everywhere is not enough.
 *
 * @returns null where there is none.
 * @see Gatheral and Jacquier, section 2.2, and for wings: R. W. Lee, "The moment formula for implied volatility at extreme
 *   strikes", Mathematical Finance 14 (2004), 469.
 */
export function butterflyArbitrage(svi: Svi): ButterflyArbitrage | null {
  const { a, b, rho, m, sigma } = svi;
  const lowest = a + b * sigma * Math.sqrt(1 - rho * rho);
  if (!(lowest >= -LEAST)) {
    const at = m - (sigma * rho) / Math.sqrt(1 - rho * rho);
    return { kind: 'negative-variance', logMoneyness: at, value: lowest };
  }
  const wing = b * (1 + Math.abs(rho));
  if (wing > 2 + LEAST) {
    const side = rho < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return { kind: 'steep-wing', logMoneyness: side, value: wing };
  }
  const worst = lowestOf([svi], (k) => densityFactor(svi, k));
  return worst.value < -LEAST ? { kind: 'negative-density', ...worst } : null;
}

/**
 * Where two expiries have calendar arbitrage: where the later one has less total variance at the same log moneyness, which is not the
 * same strike, for the forwards differ.
 *
 * @returns null where there is none.
 * @see Gatheral and Jacquier, lemma 2.1.
 */
export function calendarArbitrage(earlier: Svi, later: Svi): CalendarArbitrage | null {
  const worst = lowestOf([earlier, later], (k) => sviVariance(later, k) - sviVariance(earlier, k));
  return worst.value < -LEAST ? worst : null;
}

/** Gatheral's g: what the density has the sign of. */
export function densityFactor(svi: Svi, k: number): number {
  const { b, rho, m, sigma } = svi;
  const from = k - m;
  const root = Math.sqrt(from * from + sigma * sigma);
  const w = sviVariance(svi, k);
  const slope = b * (rho + from / root);
  const bend = (b * sigma * sigma) / root ** 3;
  return (1 - (k * slope) / (2 * w)) ** 2 - ((slope * slope) / 4) * (1 / w + 0.25) + bend / 2;
}

function lowestOf(
  curves: readonly Svi[],
  valueAt: (k: number) => number,
): { readonly logMoneyness: number; readonly value: number } {
  let lowest = { logMoneyness: 0, value: Number.POSITIVE_INFINITY };
  for (const { m, sigma } of curves) {
    for (let i = 0; i < POINTS; i++) {
      const z = REACH * ((2 * i) / (POINTS - 1) - 1);
      const logMoneyness = m + sigma * Math.sinh(z);
      const value = valueAt(logMoneyness);
      if (value < lowest.value) lowest = { logMoneyness, value };
    }
  }
  return lowest;
}
