import { millsRatio, NEAR_ZERO, normalCdfWith, normalDensity, normalMiddle } from './normal.ts';

export type OptionKind = 'call' | 'put';

/** A European option on what pays a continuous dividend. */
export interface EuropeanOption {
  readonly kind: OptionKind;
  /** Price of the underlying, above 0; `strike` likewise. */
  readonly spot: number;
  readonly strike: number;
  /** Until expiry, from 0. */
  readonly years: number;
  /** Continuous and per year, as 0.05; `dividendYield` likewise. */
  readonly rate: number;
  readonly dividendYield: number;
  /** Standard deviation of log returns of a year, as 0.2; from 0. */
  readonly volatility: number;
}

/** How the price changes, for each whole unit: a volatility or a rate of 1.00, not of a point, and a year, not a day. */
export interface Greeks {
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  /** As time goes by, so mostly below 0. */
  readonly theta: number;
  readonly rho: number;
}

/**
 * What the option is worth, in the unit of spot and strike. At expiry, or without volatility, that is its intrinsic value,
 * discounted. Parity of call and put holds to the last bits: what is in the money is its intrinsic value and the
 * other kind's price.
 *
 * @throws RangeError for what is no such option.
 * @see F. Black and M. Scholes, "The Pricing of Options and Corporate Liabilities", Journal of Political Economy 81 (1973),
 *   637; with a dividend yield: R. C. Merton, "Theory of Rational Option Pricing", Bell Journal 4 (1973), 141.
 */
export function price(option: EuropeanOption): number {
  assertOption(option);
  const { kind, spot, strike, years, rate, dividendYield, volatility } = option;
  const asset = spot * Math.exp(-dividendYield * years);
  const cash = strike * Math.exp(-rate * years);
  return discountedPrice(kind === 'call', asset, cash, volatility * Math.sqrt(years));
}

/**
 * Where the price has a kink (no time or no volatility is left, and the forward is the strike), delta is the mean of both
 * sides, and gamma, vega and the part of theta that comes of volatility are 0.
 *
 * @throws RangeError for what is no such option.
 * @see J. C. Hull, "Options, Futures, and Other Derivatives", the chapter on the Greek letters.
 */
export function greeks(option: EuropeanOption): Greeks {
  assertOption(option);
  const { kind, spot, strike, years, rate, dividendYield, volatility } = option;
  const isCall = kind === 'call';
  const rootYears = Math.sqrt(years);
  const deviation = volatility * rootYears;
  const discount = Math.exp(-dividendYield * years);
  const asset = spot * discount;
  const cash = strike * Math.exp(-rate * years);
  const d1 = firstDistance(asset, cash, deviation);
  const d2 = d1 - deviation;
  const density = normalDensity(d1); // asset φ(d1) = cash φ(d2).
  // Of the chance to end in the money; of the put, both are those below.
  const sign = isCall ? 1 : -1;
  const inMoney1 = normalCdfWith(sign * d1, density);
  const inMoney2 = normalCdfWith(sign * d2, (asset / cash) * density);
  const hasKink = deviation === 0;
  const vega = hasKink ? 0 : asset * density * rootYears;
  const decay = hasKink ? 0 : (vega * volatility) / (2 * years);
  return {
    delta: sign * discount * inMoney1,
    gamma: hasKink ? 0 : (discount * density) / (spot * deviation),
    vega,
    theta: sign * (dividendYield * asset * inMoney1 - rate * cash * inMoney2) - decay,
    rho: sign * years * cash * inMoney2,
  };
}

/**
 * The price by what all of it depends on.
 *
 * @param asset Spot less the dividends until expiry.
 * @param cash The strike's present value.
 * @param deviation Volatility times the square root of the years: of the log return until expiry.
 */
export function discountedPrice(
  isCall: boolean,
  asset: number,
  cash: number,
  deviation: number,
): number {
  const intrinsic = isCall ? asset - cash : cash - asset;
  return Math.max(intrinsic, 0) + timeValue(asset, cash, deviation);
}

/** ln(asset / cash) / deviation + deviation / 2; of no deviation, the limit. */
export function firstDistance(asset: number, cash: number, deviation: number): number {
  if (deviation > 0) return Math.log(asset / cash) / deviation + 0.5 * deviation;
  return asset === cash ? 0 : asset > cash ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/**
 * What the option is worth beyond its intrinsic value, which is the same for call and put: the price of that which is out
 * of the money. Its terms are taken together before they cancel, so that a small value has as many digits as a large one.
 */
export function timeValue(asset: number, cash: number, deviation: number): number {
  if (!(deviation > 0)) return 0;
  // Of call and put that one whose d1 and d2 are the lower.
  const low = Math.min(asset, cash);
  const high = Math.max(asset, cash);
  const d1 = Math.log(low / high) / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  // low φ(d1) = high φ(d2).
  const density = normalDensity(d1);
  if (d1 <= -NEAR_ZERO) return low * density * (millsRatio(-d1) - millsRatio(-d2));
  if (d1 < NEAR_ZERO && d2 > -NEAR_ZERO) {
    return 0.5 * (low - high) + low * normalMiddle(d1) - high * normalMiddle(d2);
  }
  return low * normalCdfWith(d1, density) - high * normalCdfWith(d2, (low / high) * density);
}

function assertOption({ kind, ...numbers }: EuropeanOption): void {
  if (kind !== 'call' && kind !== 'put') throw new RangeError('kind must be call or put');
  for (const name of ['spot', 'strike'] as const) {
    if (!(numbers[name] > 0 && numbers[name] < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be a finite number above 0`);
    }
  }
  for (const name of ['years', 'volatility'] as const) {
    if (!(numbers[name] >= 0 && numbers[name] < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${name} must be a finite number from 0`);
    }
  }
  for (const name of ['rate', 'dividendYield'] as const) {
    if (!Number.isFinite(numbers[name])) throw new RangeError(`${name} must be a finite number`);
  }
}
