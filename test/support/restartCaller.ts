/**
 * A member of the mesh that makes the calls of restartLoad.ts, in a process of its own, which dies with the test. Sent
 * "tell", it says how they have gone so far; sent "stop", it ends them first.
 */
import { connectMesh, RpcError, Status } from '@weft/mesh/runtime';
import { AnalyticsServiceDefinition, ListCandlesRequest } from '@weft/proto/market/v1/analytics';
import {
  MarketDataServiceDefinition,
  SendMarketDataRequest,
} from '@weft/proto/market/v1/market_data';
import { restartKinds } from './restartLoad.ts';
import { SteadyLoad } from './SteadyLoad.ts';

process.on('disconnect', () => process.exit());

const mesh = await connectMesh({ service: 'cli' });
const analytics = mesh.client(AnalyticsServiceDefinition);
const marketData = mesh.client(MarketDataServiceDefinition);
const candles = async (assetSymbol: string) => {
  const request = ListCandlesRequest.fromPartial({ assetSymbol, interval: { seconds: 60 } });
  return (await analytics.listCandles(request)).nextPageToken;
};

const load = new SteadyLoad(
  restartKinds({
    quick: () => candles('A'),
    slow: () => candles('SLOW'),
    async hanging() {
      try {
        await analytics.getAssetSummary({ assetSymbol: 'HANGS' });
        return false;
      } catch (error) {
        if (error instanceof RpcError && error.code === Status.DEADLINE_EXCEEDED) return true;
        throw error;
      }
    },
    async once() {
      const tick = { assetSymbol: 'SLOW', price: 1, timestamp: { seconds: 1 } };
      const { success } = await marketData.sendMarketData(SendMarketDataRequest.fromPartial(tick));
      return String(success);
    },
  }),
);
process.on('message', async (message) => {
  if (message === 'stop') await load.stop();
  process.send?.(load.tallies);
});
