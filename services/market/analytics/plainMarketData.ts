import type { HandlersOf } from '@weft/mesh/runtime';
import type { MarketDataServiceDefinition as Plain } from '@weft/proto/market/market';
import type { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import { timestampFromMicros } from '../../kit/time.ts';

/** Serves market.MarketDataService, for programs that have that contract in a file: what they send is sent as by the other one. */
export function plainMarketData({
  sendMarketData,
}: Pick<HandlersOf<MarketDataServiceDefinition>, 'sendMarketData'>): HandlersOf<Plain> {
  return {
    async sendMarketData({ assetSymbol, price, timestamp }, context) {
      const at = timestampFromMicros(timestamp * 1_000);
      const { success = false } = await sendMarketData(
        { assetSymbol, price, timestamp: at },
        context,
      );
      return { success };
    },
  };
}
