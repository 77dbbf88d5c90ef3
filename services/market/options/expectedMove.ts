/** How far the market expects the underlying to go until an expiry. */
export interface ExpectedMove {
  /** Either way, in the unit of the price: one standard deviation. */
  readonly size: number;
  /** From one standard deviation down to one up, of a lognormal price. */
  readonly low: number;
  readonly high: number;
}

/**
 * One standard deviation until expiry, by the volatility at the money: about two thirds of all outcomes lie within it.
 *
 * @param forward Of the expiry.
 * @param volatility At the money, of a year.
 * @param years Until expiry.
 */
export function expectedMove(forward: number, volatility: number, years: number): ExpectedMove {
  const deviation = volatility * Math.sqrt(years);
  return {
    size: forward * deviation,
    low: forward * Math.exp(-deviation),
    high: forward * Math.exp(deviation),
  };
}

/**
 * The mean of what the underlying moves until expiry, by the price of call and put at the forward: the straddle pays just
 * that. Of a normal price it is √(2/π) of the standard deviation.
 *
 * @param call Price of the call at the strike nearest to the forward; `put` likewise.
 * @param discount Of cash until expiry: e^(-rate · years).
 */
export function straddleMove(call: number, put: number, discount: number): number {
  return (call + put) / discount;
}
