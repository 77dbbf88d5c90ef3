import { chainPrices } from '../../services/market/options/chain.ts';
import { smileVolatility } from '../../services/market/options/smile.ts';

/** One expiry of a product, in columns: entry i of each belongs to the strike i. */
export interface BenchExpiry {
  readonly years: number;
  readonly strikes: readonly number[];
  readonly callPrices: readonly number[];
  readonly putPrices: readonly number[];
  readonly callVolumes: readonly number[];
  readonly putVolumes: readonly number[];
  readonly callOpenInterest: readonly number[];
  readonly putOpenInterest: readonly number[];
}

export interface BenchProduct {
  readonly spot: number;
  readonly rate: number;
  readonly dividendYield: number;
  readonly expiries: readonly BenchExpiry[];
}

export const PRODUCTS = 50;
const DAYS = [7, 14, 30, 61, 182];
const STRIKES = 41;
const SMILE = {
  shortVolatility: 0.16,
  longVolatility: 0.2,
  reversion: 2,
  skew: -0.6,
  curvature: 1,
};

/** The chains of all products: the same at each run, with strikes to two and a half deviations from the money. */
export function makeProducts(): BenchProduct[] {
  return Array.from({ length: PRODUCTS }, (_, number) => {
    const terms = { spot: 50 + 37 * number, rate: 0.04, dividendYield: 0.01 };
    const expiries = DAYS.map((days) => makeExpiry({ ...terms, years: days / 365 }, number));
    return { ...terms, expiries };
  });
}

function makeExpiry(
  terms: { spot: number; rate: number; dividendYield: number; years: number },
  number: number,
): BenchExpiry {
  const { spot, rate, dividendYield, years } = terms;
  const forward = spot * Math.exp((rate - dividendYield) * years);
  const step = 0.025 * Math.sqrt(years);
  const indices = Array.from({ length: STRIKES }, (_, index) => index);
  const strikes = Float64Array.from(indices, (i) => spot * (1 + step * (i - 20)));
  const volatilities = strikes.map((k) => smileVolatility(SMILE, Math.log(k / forward), years));
  const { call, put } = chainPrices(terms, strikes, volatilities);
  const counts = (factor: number) => indices.map((i) => (i * factor * (number + 7)) % 1_009);
  return {
    years,
    strikes: Array.from(strikes),
    callPrices: Array.from(call),
    putPrices: Array.from(put),
    callVolumes: counts(31),
    putVolumes: counts(57),
    callOpenInterest: counts(113),
    putOpenInterest: counts(71),
  };
}
