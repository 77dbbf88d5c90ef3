import { firstDistance, type OptionKind, timeValue } from './blackScholes.ts';
import { solve } from './impliedVolatility.ts';
import { normalCdfWith, normalDensity } from './normal.ts';

/** What the options of one expiry have in common; units as in `EuropeanOption`. */
export interface ExpiryTerms {
  readonly spot: number;
  readonly years: number;
  readonly rate: number;
  readonly dividendYield: number;
}

/** Greeks of one kind, entry i of each column of the strike i; units as in `Greeks`. */
export interface GreekColumns {
  readonly delta: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
}

/** `price` of blackScholes.ts for call and put of each strike. Nothing is checked; what is no option comes out as NaN. */
export function chainPrices(
  terms: ExpiryTerms,
  strikes: Float64Array,
  volatilities: Float64Array,
): { readonly call: Float64Array; readonly put: Float64Array } {
  const { asset, discount, rootYears } = factorsOf(terms);
  const call = new Float64Array(strikes.length);
  const put = new Float64Array(strikes.length);
  for (let i = 0; i < strikes.length; i++) {
    const cash = (strikes[i] as number) * discount;
    const beyond = timeValue(asset, cash, (volatilities[i] as number) * rootYears);
    call[i] = Math.max(asset - cash, 0) + beyond;
    put[i] = Math.max(cash - asset, 0) + beyond;
  }
  return { call, put };
}

/** `greeks` of blackScholes.ts for call and put of each strike; gamma and vega are the same for both. Nothing is checked. */
export function chainGreeks(
  terms: ExpiryTerms,
  strikes: Float64Array,
  volatilities: Float64Array,
): {
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly call: GreekColumns;
  readonly put: GreekColumns;
} {
  const { spot, years, rate, dividendYield } = terms;
  const { asset, discount, rootYears } = factorsOf(terms);
  const dividends = Math.exp(-dividendYield * years);
  const gamma = new Float64Array(strikes.length);
  const vega = new Float64Array(strikes.length);
  const call = greekColumns(strikes.length);
  const put = greekColumns(strikes.length);
  for (let i = 0; i < strikes.length; i++) {
    const volatility = volatilities[i] as number;
    const cash = (strikes[i] as number) * discount;
    const deviation = volatility * rootYears;
    const d1 = firstDistance(asset, cash, deviation);
    const density = normalDensity(d1);
    const above1 = normalCdfWith(d1, density);
    const above2 = normalCdfWith(d1 - deviation, (asset / cash) * density);
    // From 1 less a small rest no digits of the rest come back.
    const below1 = d1 > 0 ? normalCdfWith(-d1, density) : 1 - above1;
    const below2 =
      d1 > deviation ? normalCdfWith(deviation - d1, (asset / cash) * density) : 1 - above2;
    const hasKink = deviation === 0;
    const vegaHere = hasKink ? 0 : asset * density * rootYears;
    const decay = hasKink ? 0 : (vegaHere * volatility) / (2 * years);
    gamma[i] = hasKink ? 0 : (dividends * density) / (spot * deviation);
    vega[i] = vegaHere;
    call.delta[i] = dividends * above1;
    put.delta[i] = -dividends * below1;
    call.theta[i] = dividendYield * asset * above1 - rate * cash * above2 - decay;
    put.theta[i] = rate * cash * below2 - dividendYield * asset * below1 - decay;
    call.rho[i] = years * cash * above2;
    put.rho[i] = -years * cash * below2;
  }
  return { gamma, vega, call, put };
}

/**
 * `impliedVolatility` for the options of one kind, as fast as the volatility changes little from strike to strike.
 *
 * @param prices Entry i of the strike i.
 * @returns the volatilities, NaN where there is none, and there the number of the reason in `NO_VOLATILITY`, from 1 on; else 0.
 */
export function chainVolatilities(
  kind: OptionKind,
  terms: ExpiryTerms,
  strikes: Float64Array,
  prices: Float64Array,
): { readonly volatility: Float64Array; readonly refusal: Uint8Array } {
  const { asset, discount } = factorsOf(terms);
  const volatility = new Float64Array(strikes.length);
  const refusal = new Uint8Array(strikes.length);
  let guess = 0;
  for (let i = 0; i < strikes.length; i++) {
    const cash = (strikes[i] as number) * discount;
    const found = solve(kind, asset, cash, terms.years, prices[i] as number, guess);
    if (found > 0) {
      guess = found;
      volatility[i] = found;
    } else {
      volatility[i] = Number.NaN;
      refusal[i] = -found;
    }
  }
  return { volatility, refusal };
}

function factorsOf({ spot, years, rate, dividendYield }: ExpiryTerms) {
  return {
    asset: spot * Math.exp(-dividendYield * years),
    discount: Math.exp(-rate * years),
    rootYears: Math.sqrt(years),
  };
}

function greekColumns(length: number): GreekColumns {
  return {
    delta: new Float64Array(length),
    theta: new Float64Array(length),
    rho: new Float64Array(length),
  };
}
