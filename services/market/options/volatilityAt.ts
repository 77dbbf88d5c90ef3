/**
 * The volatility of an expiry at a log moneyness, between its strikes linear in total variance.
 *
 * @param logMoneyness Of the strikes, ln(strike / forward), in rising order.
 * @param volatilities Of the strikes; NaN where there is none: such a strike is passed over.
 * @param at Log moneyness; 0 is at the money.
 * @returns null outside of the strikes: beyond the last of them nothing is known.
 */
export function volatilityAt(
  logMoneyness: ArrayLike<number>,
  volatilities: ArrayLike<number>,
  at: number,
): number | null {
  let before = -1;
  for (let i = 0; i < logMoneyness.length; i++) {
    const volatility = volatilities[i] as number;
    if (!(volatility > 0)) continue;
    const k = logMoneyness[i] as number;
    if (k === at) return volatility;
    if (k > at) return before < 0 ? null : between(before, i);
    before = i;
  }
  return null;

  function between(low: number, high: number): number {
    const from = logMoneyness[low] as number;
    const share = (at - from) / ((logMoneyness[high] as number) - from);
    const [one, other] = [volatilities[low] as number, volatilities[high] as number];
    return Math.sqrt((1 - share) * one * one + share * other * other);
  }
}
