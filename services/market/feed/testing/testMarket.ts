import type { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { Market } from '../Market.ts';
import { type MarketSettings, marketSchema } from '../settings/marketSchema.ts';

/** What a market's file holds, before it is checked. */
export function marketJson(more: Record<string, unknown> = {}) {
  return {
    start: '2026-01-05',
    stepSeconds: 60,
    timeFactor: 1e9,
    products: [productJson(), productJson({ symbol: 'BETA', seed: 2 })],
    ...more,
  };
}

export function productJson(more: Record<string, unknown> = {}) {
  return {
    ...{ symbol: 'ALFA', kind: 'share', name: 'Alfa', currency: 'USD', multiplier: 100 },
    hours: {
      ...{ zone: 'America/New_York', open: '09:30', close: '16:00', earlyClose: '13:00' },
      holidays: 'new_york',
    },
    ...{ seed: 1, initialPrice: 100, drift: 0.05, volatility: 0.2, rate: 0.04 },
    dividendYield: 0.01,
    smile: {
      ...{ shortVolatility: 0.2, longVolatility: 0.25, reversion: 2, skew: -0.5, curvature: 1 },
    },
    ...{ tickSize: 0.05, spread: 0.02, expiries: { weekly: 2, monthly: 3 } },
    ...{ strikesEachSide: 10, strikeStep: 0.02, contractsPerDay: 20_000, unitsPerDay: 1_000_000 },
    ...more,
  };
}

export function testSettings(more: Record<string, unknown> = {}): MarketSettings {
  return marketSchema.parse(marketJson(more));
}

/** The first updates of a market, so many, in order. */
export function firstUpdates(
  settings: MarketSettings,
  count: number,
  epoch = 1,
  from: Iterable<ChainUpdated> = [],
): ChainUpdated[] {
  const market = new Market(settings, from);
  const updates: ChainUpdated[] = [];
  while (updates.length < count) {
    const round = market.next(epoch);
    updates.push(...round.chains);
    market.take(round);
  }
  return updates.slice(0, count);
}
