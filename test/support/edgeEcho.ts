/**
 * A service in the place of analytics, as the child of a test: it answers what it knows of its caller, in the symbol
 * of a summary, and dies with the test.
 */
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition, AssetSummary } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import type { Seen } from './EdgeRig.ts';

process.on('disconnect', () => process.exit());

const instance = process.env.WEFT_INSTANCE ?? '';
const abc = 'abcdefghijklmnopqrstuvwxyz '.repeat(200);

await runService(
  defineService({
    name: 'analytics',
    setup: () => [
      implement(AnalyticsServiceDefinition, {
        async getAssetSummary(_request, { outsideCaller, metadata }) {
          const seen: Seen = {
            instance,
            caller: outsideCaller,
            headers: metadata.getMap() as never,
          };
          return { summary: AssetSummary.fromPartial({ assetSymbol: JSON.stringify(seen) }) };
        },
        async listAssets() {
          return { assets: [AssetSummary.fromPartial({ assetSymbol: abc })], nextPageToken: '' };
        },
        async listCandles() {
          return { candles: [], nextPageToken: '' };
        },
        async *watchAsset({ assetSymbol }, { signal }) {
          yield { summary: AssetSummary.fromPartial({ assetSymbol, count: 1 }) };
          if (assetSymbol === 'BREAKS') throw new Error('it breaks in the middle');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
      implement(MarketDataServiceDefinition, {
        async sendMarketData() {
          return { success: true };
        },
        async *streamMarketData() {},
      }),
    ],
  }),
);
