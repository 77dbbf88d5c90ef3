import { nelderMead } from './nelderMead.ts';

/**
 * Raw SVI: the total variance (volatility² · years) of one expiry, a + b (ρ (k - m) + √((k - m)² + σ²)), over the log moneyness k =
 * ln(strike / forward).
 *
 * @see J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14 (2014), 59, section 3.
 */
export interface Svi {
  readonly a: number;
  /** From 0. */
  readonly b: number;
  /** From -1 to 1. */
  readonly rho: number;
  readonly m: number;
  /** Above 0. */
  readonly sigma: number;
}

export interface SviFit {
  readonly svi: Svi;
  /** Root of the mean squared distance in total variance. */
  readonly error: number;
}

/** Parameters need as many points as there are of them. */
const FEWEST_POINTS = 5;
const SMALLEST_SIGMA = 1e-3;
const LARGEST_SIGMA = 10;

/** Total variance at a log moneyness. Not checked: it is below 0 where the parameters are none of a variance. */
export function sviVariance({ a, b, rho, m, sigma }: Svi, logMoneyness: number): number {
  const from = logMoneyness - m;
  return a + b * (rho * from + Math.sqrt(from * from + sigma * sigma));
}

/**
 * The raw SVI that is nearest to an expiry's total variances. Nothing keeps it from arbitrage, so that what the market quotes is
 * shown and not smoothed away: ask `butterflyArbitrage`.
 *
 * For a given m and σ the rest is a linear problem with two signs to keep, solved outright; so two numbers are left to be
 * searched for.
 *
 * @param logMoneyness Of the strikes; `variance` likewise, NaN where there is none: such a strike is passed over.
 * @returns null for fewer than five strikes.
 * @see S. De Marco and C. Martini, "Quasi-explicit calibration of Gatheral's SVI model", Zeliade White Paper, 2009.
 */
export function fitSvi(
  logMoneyness: ArrayLike<number>,
  variance: ArrayLike<number>,
): SviFit | null {
  const points = Array.from(logMoneyness, (k, i) => ({ k, w: variance[i] as number })).filter(
    ({ k, w }) => Number.isFinite(k) && w > 0,
  );
  if (points.length < FEWEST_POINTS) return null;
  const lowest = points.reduce((one, other) => (other.w < one.w ? other : one)).k;
  const from = Math.min(...points.map(({ k }) => k));
  const width = Math.max(...points.map(({ k }) => k)) - from;
  const costAt = (m: number, logSigma: number): number => {
    const sigma = Math.exp(logSigma);
    const isNear = m > from - width && m < from + 2 * width;
    if (!isNear || sigma < SMALLEST_SIGMA || sigma > LARGEST_SIGMA) return Number.POSITIVE_INFINITY;
    return solve(points, m, sigma).cost;
  };
  const starts = [0.05, 0.2, 1].map((share) => Math.max(share * width, 2 * SMALLEST_SIGMA));
  const [best] = [lowest, 0.5 * (lowest + from), from + 0.5 * width]
    .flatMap((m) => starts.map((sigma) => [m, Math.log(sigma)] as const))
    .map((start) => nelderMead(costAt, start, [0.1 * width, 0.5]))
    .sort((one, other) => one.value - other.value);
  const [m, logSigma] = (best as NonNullable<typeof best>).at;
  const { svi, cost } = solve(points, m, Math.exp(logSigma));
  return { svi, error: Math.sqrt(cost / points.length) };
}

/**
 * The best a, b and ρ for an m and a σ. With y = (k - m) / σ the variance is a + u (√(y² + 1) + y) + v (√(y² + 1) - y), where
 * u = bσ (1 + ρ) / 2 and v = bσ (1 - ρ) / 2 are both from 0: of the four problems with none, one or both of them 0, the best
 * that keeps the signs is the solution.
 */
function solve(
  points: readonly { readonly k: number; readonly w: number }[],
  m: number,
  sigma: number,
): { readonly svi: Svi; readonly cost: number } {
  let [p, q, pp, qq, w, pw, qw, ww] = [0, 0, 0, 0, 0, 0, 0, 0];
  const n = points.length;
  for (const point of points) {
    const y = (point.k - m) / sigma;
    const root = Math.sqrt(y * y + 1);
    // Their product is 1; the smaller one by it keeps its digits.
    const [up, down] = y > 0 ? [root + y, 1 / (root + y)] : [1 / (root - y), root - y];
    p += up;
    q += down;
    pp += up * up;
    qq += down * down;
    w += point.w;
    pw += up * point.w;
    qw += down * point.w;
    ww += point.w * point.w;
  }
  // About the means, so that a falls out.
  const [spp, sqq, spq] = [pp - (p * p) / n, qq - (q * q) / n, n - (p * q) / n];
  const [spw, sqw, sww] = [pw - (p * w) / n, qw - (q * w) / n, ww - (w * w) / n];
  const determinant = spp * sqq - spq * spq;
  const candidates: (readonly [number, number])[] = [
    [0, 0],
    [Math.max(spw / spp, 0), 0],
    [0, Math.max(sqw / sqq, 0)],
  ];
  const both = [
    (spw * sqq - sqw * spq) / determinant,
    (sqw * spp - spw * spq) / determinant,
  ] as const;
  if (determinant > 0 && both[0] >= 0 && both[1] >= 0) candidates.push(both);
  let best = { u: 0, v: 0, cost: sww };
  for (const [u, v] of candidates) {
    const cost = sww - 2 * (u * spw + v * sqw) + u * u * spp + 2 * u * v * spq + v * v * sqq;
    if (cost < best.cost) best = { u, v, cost };
  }
  const { u, v } = best;
  const b = (u + v) / sigma;
  const rho = b > 0 ? (u - v) / (u + v) : 0;
  return {
    svi: { a: (w - u * p - v * q) / n, b, rho, m, sigma },
    cost: Math.max(best.cost, 0),
  };
}
