/** Of one expiry: beyond it, no more strikes are listed. */
export const MOST_STRIKES = 250;

/**
 * The strikes that are listed when a session begins: those around the money, and those that were before, for somebody may hold
 * their options.
 *
 * @param step Between two strikes, as a fraction of the price.
 * @returns in rising order.
 */
export function listStrikes(
  price: number,
  {
    strikesEachSide,
    strikeStep,
  }: { readonly strikesEachSide: number; readonly strikeStep: number },
  before: readonly number[],
): number[] {
  const interval = niceInterval(price * strikeStep);
  const middle = Math.round(price / interval);
  const strikes = new Set(before);
  for (let away = 0; away <= strikesEachSide; away += 1) {
    for (const number of away === 0 ? [middle] : [middle - away, middle + away]) {
      if (number > 0 && strikes.size < MOST_STRIKES) strikes.add(strikeAt(number, interval));
    }
  }
  return [...strikes].sort((one, other) => one - other);
}

/** The nearest 1, 2.5 or 5 times a power of ten, at least 0.01. */
export function niceInterval(width: number): number {
  const power = Math.floor(Math.log10(Math.max(width, 0.01)));
  const candidates = [1, 2.5, 5, 10].map((digits) =>
    power < 0 ? digits / 10 ** -power : digits * 10 ** power,
  );
  const distance = (each: number) => Math.abs(Math.log(each / width));
  return Math.max(
    0.01,
    candidates.reduce((best, each) => (distance(each) < distance(best) ? each : best)),
  );
}

/** To thousandths, as OCC symbols have it: a multiple of 0.1 is no double. */
function strikeAt(number: number, interval: number): number {
  return Math.round(number * interval * 1_000) / 1_000;
}
