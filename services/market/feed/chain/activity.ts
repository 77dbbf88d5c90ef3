import type { ExpiryChain } from '@weft/proto/market/v1/option_market';
import type { Chance } from './Chance.ts';

/** How far from the money options are traded, in standard deviations of the underlying until expiry. */
const WIDTH = 1.2;
/** Years after which an expiry is traded half as much as one of today. */
const HALF_LIFE_YEARS = 0.1;
/** What is out of the money is traded that much more than what is in it. */
const OUT_OF_MONEY = 4;

/** Shares of an option in what is traded of its product: of calls and puts, by strike. */
interface Shares {
  readonly calls: number[];
  readonly puts: number[];
}

/** How the trade of a chain is spread over its options: near the money and soon, mostly. All shares add up to 1. */
export function sharesOf(expiries: readonly ExpiryChain[]): Shares[] {
  const weights = expiries.map(({ strike, years, forwardPrice, volatility }) => {
    const time = 0.5 ** (years / HALF_LIFE_YEARS);
    const deviation = (index: number) => (volatility[index] ?? 0) * Math.sqrt(years) + 1e-9;
    const near = strike.map((each, index) => {
      const away = Math.log(each / forwardPrice) / deviation(index) / WIDTH;
      return time * Math.exp(-0.5 * away * away);
    });
    return {
      calls: near.map(
        (each, index) => each * ((strike[index] ?? 0) >= forwardPrice ? OUT_OF_MONEY : 1),
      ),
      puts: near.map(
        (each, index) => each * ((strike[index] ?? 0) <= forwardPrice ? OUT_OF_MONEY : 1),
      ),
    };
  });
  const total = weights
    .flatMap(({ calls, puts }) => [...calls, ...puts])
    .reduce((sum, each) => sum + each, 0);
  const scale = (each: number) => (total > 0 ? each / total : 0);
  return weights.map(({ calls, puts }) => ({ calls: calls.map(scale), puts: puts.map(scale) }));
}

/**
 * Adds to a chain's volumes what is traded in a step.
 *
 * @param contracts Of all options together, on average.
 */
export function trade(expiries: readonly ExpiryChain[], contracts: number, chance: Chance): void {
  const shares = sharesOf(expiries);
  for (const [at, { calls, puts }] of expiries.entries()) {
    for (const [columns, side] of [
      [calls, shares[at]?.calls],
      [puts, shares[at]?.puts],
    ] as const) {
      if (!columns || !side) continue;
      for (const [index, before] of columns.volume.entries()) {
        columns.volume[index] = before + chance.poisson((side[index] ?? 0) * contracts);
      }
    }
  }
}
