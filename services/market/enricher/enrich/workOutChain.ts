import type { ExpiryMetrics, UnusualVolume } from '@weft/proto/market/v1/enriched';
import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { microsFromTimestamp } from '../../../kit/time.ts';
import { expectedMove } from '../../options/expectedMove.ts';
import { maxPain } from '../../options/maxPain.ts';
import { occSymbol } from '../../options/occSymbol.ts';
import { type ChainCounts, putCallRatio } from '../../options/putCallRatio.ts';
import { unusualVolume } from '../../options/unusualVolume.ts';
import { volatilityAt } from '../../options/volatilityAt.ts';
import { assertChain, type CheckedExpiry } from './assertChain.ts';
import type { ChainMetrics } from './ChainMetrics.ts';

/** Volume over open interest from which it is unusual, and contracts below which nothing is. */
const UNUSUAL = { factor: 2, least: 100 };
const MOST_UNUSUAL = 20;

/** What a chain amounts to. @throws Error that says what is wrong with what is no chain. */
export function workOutChain(chain: ChainUpdated): ChainMetrics {
  const expiries = assertChain(chain);
  const volumes = expiries.map((each) => countsOf(each, 'volume'));
  const open = expiries.map((each) => countsOf(each, 'openInterest'));
  const { product, epoch, sequence, marketTime, underlyingPrice, underlyingVolume } = chain;
  return {
    ...{ product, epoch, sequence, underlyingPrice, underlyingVolume },
    ms: microsFromTimestamp(marketTime as NonNullable<typeof marketTime>) / 1_000,
    timeZone: chain.timeZone ?? 'UTC',
    putCallRatioVolume: putCallRatio(...volumes) ?? undefined,
    putCallRatioOpenInterest: putCallRatio(...open) ?? undefined,
    expiries: expiries.map(workOutExpiry),
    unusual: findUnusual(product, expiries),
  };
}

function workOutExpiry(expiry: CheckedExpiry): ExpiryMetrics {
  const { strike, volatility, years, forwardPrice } = expiry;
  const volume = countsOf(expiry, 'volume');
  const open = countsOf(expiry, 'openInterest');
  const logMoneyness = strike.map((each) => Math.log(each / forwardPrice));
  const atm = volatilityAt(logMoneyness, volatility, 0) ?? undefined;
  return {
    ...{ expiry: expiry.expiry, years, forwardPrice },
    maxPain: maxPain(strike, open)?.strike,
    putCallRatioVolume: putCallRatio(volume) ?? undefined,
    putCallRatioOpenInterest: putCallRatio(open) ?? undefined,
    atmVolatility: atm,
    expectedMove: atm === undefined ? undefined : expectedMove(forwardPrice, atm, years).size,
    ...{ callVolume: total(volume.calls), putVolume: total(volume.puts) },
    ...{ callOpenInterest: total(open.calls), putOpenInterest: total(open.puts) },
  };
}

/** The largest volume first; of equals the symbol that sorts first. */
function findUnusual(root: string, expiries: readonly CheckedExpiry[]): UnusualVolume[] {
  return expiries
    .flatMap(({ expiry, strike, calls, puts }) =>
      (['call', 'put'] as const).flatMap((kind) => {
        const { volume, openInterest } = kind === 'call' ? calls : puts;
        return unusualVolume(volume, openInterest, UNUSUAL).map((found) => ({
          symbol: occSymbol({ root, expiry, kind, strike: strike[found.index] as number }),
          volume: found.volume,
          usual: openInterest[found.index] as number,
        }));
      }),
    )
    .sort((one, other) => other.volume - one.volume || (one.symbol < other.symbol ? -1 : 1))
    .slice(0, MOST_UNUSUAL);
}

function countsOf({ calls, puts }: CheckedExpiry, column: 'volume' | 'openInterest'): ChainCounts {
  return { calls: calls[column], puts: puts[column] };
}

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
  return sum;
}
