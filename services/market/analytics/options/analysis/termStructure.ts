import type {
  ChainReference,
  GetTermStructureResponse,
  TermStructurePoint,
} from '@weft/proto/market/v1/option_analytics';
import { forwardVolatilities, volatilityForTerm } from '../../../options/termStructure.ts';
import { type FittedExpiry, quotedVolatility } from './FittedExpiry.ts';

const MATURITIES_DAYS = [7, 30, 60, 90, 180, 365];
/** As the options' own years are counted. */
const DAYS_PER_YEAR = 365;

/** Volatility at the money by time. */
export function termStructure(
  chain: ChainReference,
  expiries: readonly FittedExpiry[],
): GetTermStructureResponse {
  const atm = expiries.map((expiry) => quotedVolatility(expiry, 0));
  const points = expiries.map((expiry, i): TermStructurePoint => {
    const { years, forwardPrice } = expiry.chain;
    const [volatility, forward] = [atm[i] ?? null, forwardVolatility(expiries, atm, i)];
    return {
      ...{ expiry: expiry.chain.expiry, years, forwardPrice },
      ...(volatility !== null && { atmVolatility: volatility }),
      ...(forward !== null && { forwardVolatility: forward }),
    };
  });
  const known = expiries.flatMap(({ chain: { years } }, i) => {
    const volatility = atm[i] ?? null;
    return volatility === null ? [] : [{ years, volatility }];
  });
  const constantMaturities = MATURITIES_DAYS.flatMap((days) => {
    const volatility = volatilityForTerm(known, days / DAYS_PER_YEAR);
    return volatility === null ? [] : [{ days, volatility }];
  });
  return { chain, points, constantMaturities };
}

/** From the expiry before until this one; of the first, from now. */
function forwardVolatility(
  expiries: readonly FittedExpiry[],
  atm: readonly (number | null)[],
  index: number,
): number | null {
  const points = [index - 1, index].flatMap((i) => {
    const expiry = expiries[i];
    return expiry ? [{ years: expiry.chain.years, volatility: atm[i] ?? Number.NaN }] : [];
  });
  const volatility = forwardVolatilities(points).at(-1)?.volatility ?? null;
  return volatility !== null && volatility >= 0 ? volatility : null;
}
