import type { ServiceClient } from '@weft/mesh/runtime';
import type { Feed, TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import { untilAnswered } from './untilAnswered.ts';

export interface DemoOptions {
  readonly trading: ServiceClient<TradingServiceDefinition>;
  readonly signal: AbortSignal;
  /** Default: DEMO. */
  readonly symbol?: string;
  /** Default: 5. */
  readonly ticksPerSecond?: number;
}

/** Starts a slow generated feed that never ends, if it does not run already. */
export async function startDemo({
  trading,
  signal,
  symbol = 'DEMO',
  ticksPerSecond = 5,
}: DemoOptions): Promise<Feed | undefined> {
  const value = {
    assetSymbol: symbol,
    seed: 1,
    initialPrice: 100,
    drift: 0,
    // Lively enough to be watched: some cents a second.
    volatility: 2,
    limit: 0,
  };
  const request = { source: { source: { $case: 'generator', value } }, ticksPerSecond } as const;
  const { feed } = await untilAnswered(() => trading.createFeed(request, { signal }), signal);
  return feed;
}
