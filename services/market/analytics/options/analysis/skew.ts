import type {
  ChainReference,
  ExpirySkew,
  GetSkewResponse,
} from '@weft/proto/market/v1/option_analytics';
import { skew } from '../../../options/skew.ts';
import { type FittedExpiry, fittedVolatility, logMoneynessOf } from './FittedExpiry.ts';

/** Of the call; that of the put with the other sign has 1 less. */
const WING_DELTA = 0.25;

/** How low and high strikes differ, by expiry. */
export function skews(chain: ChainReference, expiries: readonly FittedExpiry[]): GetSkewResponse {
  return { chain, expiries: expiries.map(skewOf) };
}

function skewOf(expiry: FittedExpiry): ExpirySkew {
  const { years } = expiry.chain;
  const quoted = skew(expiry.logMoneyness, expiry.volatilities);
  const wings = wingsOf(expiry);
  return {
    ...{ expiry: expiry.chain.expiry, years },
    ...(quoted !== null && { skew: quoted }),
    ...(wings && {
      riskReversal: wings.call - wings.put,
      butterfly: 0.5 * (wings.call + wings.put) - wings.middle,
    }),
  };
}

function wingsOf(expiry: FittedExpiry) {
  const { fit, chain } = expiry;
  const call = logMoneynessOf(expiry, WING_DELTA);
  const put = logMoneynessOf(expiry, 1 - WING_DELTA);
  if (!fit || call === null || put === null) return undefined;
  const at = (k: number) => fittedVolatility(fit.svi, chain.years, k);
  return { call: at(call), put: at(put), middle: at(0) };
}
