import type { OptionQuote } from '@weft/proto/market/v1/history';
import type { ExpiryChain } from '@weft/proto/market/v1/option_market';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { OptionKind } from '../../options/blackScholes.ts';

/** Strikes are whole thousandths, and no double is. */
const SAME = 1e-6;

/** Where a strike stands in the columns of a chain; -1: it is not listed. */
export function strikeIndex({ strike }: Pick<ExpiryChain, 'strike'>, wanted: number): number {
  return strike.findIndex((each) => Math.abs(each - wanted) < SAME);
}

/** The option of one strike, out of its chain. Undefined where columns are missing. */
export function quoteOf(
  chain: ExpiryChain,
  kind: OptionKind,
  index: number,
  at: { readonly time_us: Micros; readonly underlying_price: number },
): OptionQuote | undefined {
  const columns = kind === 'call' ? chain.calls : chain.puts;
  if (!columns || index < 0) return undefined;
  const of = (column: readonly number[]) => column[index] ?? 0;
  return {
    time: timestampFromMicros(at.time_us),
    underlyingPrice: at.underlying_price,
    ...{ bid: of(columns.bid), ask: of(columns.ask), volatility: of(chain.volatility) },
    ...{ delta: of(columns.delta), gamma: of(chain.gamma), vega: of(chain.vega) },
    ...{ theta: of(columns.theta), rho: of(columns.rho) },
    ...{ volume: of(columns.volume), openInterest: of(columns.openInterest) },
  };
}
