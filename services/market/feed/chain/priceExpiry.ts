import type { ExpiryChain } from '@weft/proto/market/v1/option_market';
import { greeks, price } from '../../options/blackScholes.ts';
import { smileVolatility } from '../../options/smile.ts';
import type { ProductSettings } from '../settings/marketSchema.ts';
import { quote } from './quote.ts';

/** Of what interest and volatility are counted by. */
export const YEAR_MS = 365 * 86_400_000;

/**
 * An expiry at a moment: its options are priced by Black, Scholes and Merton with the volatilities of the product's smile, and
 * quoted around that. Strikes, volume and open interest stay as they are.
 */
export function priceExpiry(
  { rate, dividendYield, smile, tickSize, spread }: ProductSettings,
  expiry: ExpiryChain,
  spot: number,
  years: number,
): ExpiryChain {
  const { strike: strikes, calls, puts } = expiry;
  const forwardPrice = spot * Math.exp((rate - dividendYield) * years);
  const ticksInOne = Math.round(1 / tickSize);
  const priced: ExpiryChain = {
    ...{ ...expiry, years, forwardPrice, volatility: [], gamma: [], vega: [] },
    calls: { ...priceless(), volume: calls?.volume ?? [], openInterest: calls?.openInterest ?? [] },
    puts: { ...priceless(), volume: puts?.volume ?? [], openInterest: puts?.openInterest ?? [] },
  };
  for (const strike of strikes) {
    const volatility = smileVolatility(smile, Math.log(strike / forwardPrice), years);
    priced.volatility.push(volatility);
    for (const kind of ['call', 'put'] as const) {
      const columns = kind === 'call' ? priced.calls : priced.puts;
      if (!columns) continue;
      const option = { kind, spot, strike, years, rate, dividendYield, volatility };
      const { bid, ask } = quote(price(option), spread, ticksInOne);
      const { delta, gamma, vega, theta, rho } = greeks(option);
      columns.bid.push(bid);
      columns.ask.push(ask);
      columns.delta.push(delta);
      columns.theta.push(theta);
      columns.rho.push(rho);
      if (kind === 'call') {
        priced.gamma.push(gamma);
        priced.vega.push(vega);
      }
    }
  }
  return priced;
}

function priceless() {
  return { bid: [], ask: [], delta: [], theta: [], rho: [] } as Record<
    'bid' | 'ask' | 'delta' | 'theta' | 'rho',
    number[]
  >;
}
