import type {
  ChainReference,
  GetMaxPainResponse,
  GetSkewResponse,
  GetTermStructureResponse,
  GetVolatilitySurfaceResponse,
} from '@weft/proto/market/v1/option_analytics';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { fitExpiry } from './FittedExpiry.ts';
import { maxPains } from './maxPain.ts';
import { skews } from './skew.ts';
import { surfaces } from './surface.ts';
import { termStructure } from './termStructure.ts';

/** All that is told of one chain, as it is answered. */
export interface ChainAnalysis {
  readonly byStrike: GetVolatilitySurfaceResponse;
  readonly byDelta: GetVolatilitySurfaceResponse;
  readonly termStructure: GetTermStructureResponse;
  readonly skews: GetSkewResponse;
  readonly maxPains: GetMaxPainResponse;
}

/** Takes some milliseconds for each expiry, of which nearly all is the search for curves. */
export function analyseChain({
  product,
  epoch,
  sequence,
  marketTime,
  underlyingPrice,
  expiries,
}: ChainUpdated): ChainAnalysis {
  const chain: ChainReference = { product, epoch, sequence, marketTime, underlyingPrice };
  const fitted = expiries.filter(({ years }) => years > 0).map(fitExpiry);
  return {
    ...surfaces(chain, fitted),
    termStructure: termStructure(chain, fitted),
    skews: skews(chain, fitted),
    maxPains: maxPains(chain, expiries),
  };
}
