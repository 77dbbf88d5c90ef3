/**
 * Volatility that was, of a year: the root of the mean squared log return, about 0 and not about the mean, which over some days or
 * weeks is noise and takes a part of the volatility away.
 *
 * @param prices In the order of time, one each period, above 0.
 * @param periodsPerYear Such as 252 for the closes of trading days.
 * @returns null for fewer than two prices.
 * @see Cboe, "S&P 500 Realized Volatility Indices": the same, with 252 days.
 */
export function realisedVolatility(
  prices: ArrayLike<number>,
  periodsPerYear: number,
): number | null {
  if (prices.length < 2) return null;
  let sum = 0;
  for (let i = 1; i < prices.length; i++) {
    const change = Math.log((prices[i] as number) / (prices[i - 1] as number));
    sum += change * change;
  }
  return Math.sqrt((sum * periodsPerYear) / (prices.length - 1));
}
