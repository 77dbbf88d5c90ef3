import { type Product, ProductKind } from '@weft/proto/market/v1/option_market';
import type { ProductSettings } from './settings/marketSchema.ts';

/** A product as the contract shows it: what moves its price is nobody's to know. */
export function productOf(settings: ProductSettings): Product {
  const { symbol, kind, name, currency, multiplier, hours } = settings;
  return {
    symbol,
    kind: kind === 'index' ? ProductKind.INDEX : ProductKind.SHARE,
    displayName: name,
    currencyCode: currency,
    contractMultiplier: multiplier,
    tickSize: settings.tickSize,
    rate: settings.rate,
    dividendYield: settings.dividendYield,
    tradingHours: { timeZone: hours.zone, open: hours.open, close: hours.close },
  };
}
