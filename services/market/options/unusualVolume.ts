export interface UnusualVolume {
  /** Index of the strike. */
  readonly index: number;
  readonly volume: number;
  /** Volume over open interest; null where nothing was open. */
  readonly ratio: number | null;
}

/**
 * Options that are traded so much that positions must be new: more contracts on a day than are open, times a factor.
 *
 * @param volume Of the day, by strike; `openInterest` likewise, as of the evening before.
 * @param factor Volume over open interest from which it is unusual, such as 2.
 * @param least Contracts below which nothing is, such as 100: two lots where one is open are no news.
 * @returns the largest volume first; of equals the lower strike.
 */
export function unusualVolume(
  volume: ArrayLike<number>,
  openInterest: ArrayLike<number>,
  { factor, least }: { readonly factor: number; readonly least: number },
): UnusualVolume[] {
  const found: UnusualVolume[] = [];
  for (let index = 0; index < volume.length; index++) {
    const traded = volume[index] as number;
    const open = openInterest[index] as number;
    if (traded < least || traded <= factor * open) continue;
    found.push({ index, volume: traded, ratio: open > 0 ? traded / open : null });
  }
  return found.sort((one, other) => other.volume - one.volume || one.index - other.index);
}
