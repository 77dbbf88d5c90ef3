/** Of a chain, or of several together: entry i of each column belongs to the strike i. */
export interface ChainCounts {
  /** Contracts, such as those traded today or those that are open. */
  readonly calls: ArrayLike<number>;
  readonly puts: ArrayLike<number>;
}

/**
 * Puts over calls: by volume with the contracts traded, by open interest with those that are open. Above 1 more puts than
 * calls.
 *
 * @returns null without a call: a ratio to nothing is no large number.
 */
export function putCallRatio(...chains: readonly ChainCounts[]): number | null {
  let [calls, puts] = [0, 0];
  for (const chain of chains) {
    calls += total(chain.calls);
    puts += total(chain.puts);
  }
  return calls > 0 ? puts / calls : null;
}

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
  return sum;
}
