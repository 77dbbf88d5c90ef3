import type { ChainCounts } from './putCallRatio.ts';

/** The strike at which an expiry would cost those who have written its options the least. */
export interface MaxPain {
  readonly strike: number;
  /** What all of them would then pay, for each unit of a contract: open contracts times what they are in the money. */
  readonly payout: number;
}

/**
 * Max pain of one expiry: the listed strike K with the least Σ calls (K - Kᵢ)⁺ + Σ puts (Kᵢ - K)⁺ over the open interest. The sum
 * is convex and has its kinks at listed strikes only, so that nothing between them is less. Time is that of one pass: from
 * strike to strike the sum changes by its slope.
 *
 * @param strikes In rising order.
 * @param openInterest Of the strikes.
 * @returns null without open interest, when every strike is as good. Of equals the lowest.
 */
export function maxPain(strikes: ArrayLike<number>, openInterest: ChainCounts): MaxPain | null {
  const { calls, puts } = openInterest;
  let isOpen = false;
  /** Calls below the strike: they are in the money above themselves. */
  let callsBelow = 0;
  let putsAbove = 0;
  let payout = 0;
  for (let i = 0; i < strikes.length; i++) {
    const put = puts[i] as number;
    putsAbove += put;
    payout += put * ((strikes[i] as number) - (strikes[0] as number));
    isOpen ||= put > 0 || (calls[i] as number) > 0;
  }
  if (!isOpen) return null;
  let [strike, least] = [strikes[0] as number, payout];
  for (let i = 1; i < strikes.length; i++) {
    callsBelow += calls[i - 1] as number;
    putsAbove -= puts[i - 1] as number;
    payout += (callsBelow - putsAbove) * ((strikes[i] as number) - (strikes[i - 1] as number));
    if (payout < least) [strike, least] = [strikes[i] as number, payout];
  }
  return { strike, payout: least };
}
