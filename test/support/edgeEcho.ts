/**
 * A service in the place of analytics, as the child of a test: it answers what it knows of its caller, in the symbol
 * of a summary, and dies with the test. It takes its time over the symbol SLOW, and for ever over HANGS.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineService, implement, runService } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition, AssetSummary } from '@weft/proto/market/v1/analytics';
import { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import type { Seen } from './EdgeRig.ts';

process.on('disconnect', () => process.exit());

const instance = process.env.WEFT_INSTANCE ?? '';
/** Longer than a stopping service waits for its callers to turn away (WEFT_PROPAGATION_MS). */
const SLOW_MS = 1_500;

async function ponder(assetSymbol: string, signal: AbortSignal): Promise<void> {
  if (assetSymbol === 'SLOW') await sleep(SLOW_MS, undefined, { signal });
  if (assetSymbol === 'HANGS') await once(signal, 'abort');
}

const abc = 'abcdefghijklmnopqrstuvwxyz '.repeat(200);

await runService(
  defineService({
    setup: () => [
      implement(AnalyticsServiceDefinition, {
        async getAssetSummary({ assetSymbol }, { principal, metadata, signal }) {
          await ponder(assetSymbol, signal);
          const seen: Seen = {
            instance,
            principal,
            headers: metadata.getMap() as never,
          };
          return { summary: AssetSummary.fromPartial({ assetSymbol: JSON.stringify(seen) }) };
        },
        async listAssets() {
          return { assets: [AssetSummary.fromPartial({ assetSymbol: abc })], nextPageToken: '' };
        },
        async listCandles({ assetSymbol }, { signal }) {
          await ponder(assetSymbol, signal);
          return { candles: [], nextPageToken: String(process.pid) };
        },
        async *watchAsset({ assetSymbol }, { signal }) {
          yield { summary: AssetSummary.fromPartial({ assetSymbol, count: 1 }) };
          if (assetSymbol === 'BREAKS') throw new Error('it breaks in the middle');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
      implement(MarketDataServiceDefinition, {
        async sendMarketData({ assetSymbol }, { signal }) {
          await ponder(assetSymbol, signal);
          return { success: true };
        },
        async *streamMarketData() {},
      }),
    ],
  }),
  { manifest: { name: 'analytics' } },
);
