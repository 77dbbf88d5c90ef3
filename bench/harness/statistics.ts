/** Middle value; the mean of the two middle ones of an even number. NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the share `q` (0 to 1) lies, linear between neighbours. NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * Interval that holds the median of what the values are drawn from, with at least the given confidence, whatever their
 * distribution: from the k-th smallest to the k-th largest value. Undefined when there are too few values: six are
 * needed for 0.95.
 *
 * @see https://en.wikipedia.org/wiki/Sign_test (the test that it inverts: Conover, Practical Nonparametric Statistics)
 */
export function medianInterval(
  values: readonly number[],
  confidence = 0.95,
): readonly [low: number, high: number] | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  // Chance that at most `left` of the values lie on one side of the median: a fair coin's.
  let chance = 0.5 ** count;
  let tail = chance;
  let left = -1;
  while (2 * tail <= 1 - confidence && left < count / 2) {
    left++;
    chance *= (count - left) / (left + 1);
    tail += chance;
  }
  const low = sorted[left];
  const high = sorted[count - 1 - left];
  return low === undefined || high === undefined ? undefined : [low, high];
}
