/** What is offered for an option. */
export interface Quote {
  /** 0: nobody bids. */
  readonly bid: number;
  readonly ask: number;
}

/**
 * Bid and ask around a price, in whole ticks: the price lies between them, and they are a tick apart at least.
 *
 * @param spread Between them, as a fraction of the price.
 * @param ticksInOne How many ticks make 1: whole, so that each quote is the double next to its decimal.
 */
export function quote(price: number, spread: number, ticksInOne: number): Quote {
  const half = (price * spread) / 2;
  const bid = Math.max(0, Math.floor((price - half) * ticksInOne));
  const ask = Math.max(bid + 1, Math.ceil((price + half) * ticksInOne));
  return { bid: bid / ticksInOne, ask: ask / ticksInOne };
}
