/**
 * Whether a version is of the same major version as the oldest one wanted, and not older.
 *
 * @param version Such as "1.22.2".
 * @param oldest Such as "1.22"; what it leaves out counts as 0.
 */
export function isAtLeast(version: string, oldest: string): boolean {
  const have = version.split('.').map(Number);
  const want = oldest.split('.').map(Number);
  if (have[0] !== want[0]) return false;
  for (const [index, part] of want.entries()) {
    const difference = (have[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
