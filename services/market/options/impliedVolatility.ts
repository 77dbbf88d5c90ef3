import type { EuropeanOption, OptionKind } from './blackScholes.ts';
import { impliedDeviation } from './impliedDeviation.ts';
import { normalDensity } from './normal.ts';

/**
 * Why a price implies no volatility:
 *
 * - `invalid`: it, or something of the option, is no number or out of its range;
 * - `expired`: no time is left;
 * - `below-intrinsic`: it is less than the option is worth without any volatility;
 * - `no-time-value`: it is just that;
 * - `above-bound`: it is as much as the option is worth at most, or more;
 * - `imprecise`: a double holds too few digits of it: its rounding moves the volatility by more than a billionth.
 */
export type NoVolatility = (typeof NO_VOLATILITY)[number];

/** The reasons in the order of their numbers in columns, from 1 on. */
export const NO_VOLATILITY = [
  'invalid',
  'expired',
  'below-intrinsic',
  'no-time-value',
  'above-bound',
  'imprecise',
] as const;

export type ImpliedVolatility =
  | { readonly volatility: number }
  | { readonly refusal: NoVolatility };

const UNIT_ROUNDING = 2 ** -53;
const TOLERANCE = 1e-9;

/**
 * The volatility, of a year, at which `price` of blackScholes.ts is that of the market, to a billionth of itself.
 *
 * @param option Its volatility is what is sought.
 */
export function impliedVolatility(
  option: Omit<EuropeanOption, 'volatility'>,
  marketPrice: number,
): ImpliedVolatility {
  const { kind, spot, strike, years, rate, dividendYield } = option;
  const asset = spot * Math.exp(-dividendYield * years);
  const cash = strike * Math.exp(-rate * years);
  const found = solve(kind, asset, cash, years, marketPrice, 0);
  if (found > 0) return { volatility: found };
  return { refusal: NO_VOLATILITY[-found - 1] ?? 'invalid' };
}

/**
 * As `impliedVolatility`, by what all of it depends on and without an object: minus the number of the reason where there is none.
 *
 * @param guess A volatility near it, such as that of the next strike, for speed; 0: none.
 */
export function solve(
  kind: OptionKind,
  asset: number,
  cash: number,
  years: number,
  marketPrice: number,
  guess: number,
): number {
  const isRight =
    asset > 0 && asset < Number.POSITIVE_INFINITY && cash > 0 && cash < Number.POSITIVE_INFINITY;
  if (!isRight || !(years >= 0) || !(marketPrice >= 0)) return -1;
  if (years === 0) return -2;
  const isCall = kind === 'call';
  const low = Math.min(asset, cash);
  const high = Math.max(asset, cash);
  const isInMoney = asset !== cash && asset > cash === isCall;
  const intrinsic = isInMoney ? high - low : 0;
  const value = marketPrice - intrinsic;
  /** What of `value` may be rounding: of the price, of exponentials and, in the money, of the intrinsic value. */
  const rounding =
    4 * UNIT_ROUNDING * (isInMoney ? marketPrice + high : marketPrice) +
    4 * Number.MIN_VALUE * Math.max(high, 1);
  if (value <= 0) return value < -rounding ? -3 : -4;
  if (value >= low) return -5;
  const rootYears = Math.sqrt(years);
  const deviation = impliedDeviation(low, high, value, guess * rootYears);
  const d1 = Math.log(low / high) / deviation + 0.5 * deviation;
  const vega = low * normalDensity(d1);
  if (rounding > TOLERANCE * deviation * vega) return -6;
  return deviation / rootYears;
}
