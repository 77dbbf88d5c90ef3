import { connectMesh } from '@weft/mesh/runtime';
import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import type { Measurement, Suite } from '../harness/Suite.ts';

/**
 * Ticks from the trading process to the analytics process: mTLS, applied to summary and candles,
 * committed to PostgreSQL together with their sequence numbers, acknowledged. Only acknowledged ticks
 * count.
 */
export const market: Suite = {
  name: 'market',

  async prepare({ mesh: startMesh }, cleanup) {
    const mesh = await startMesh();
    await mesh.allow('bench-client', 'trading');
    Object.assign(process.env, mesh.environment);
    const client = await connectMesh({ service: 'bench-client' });
    cleanup.defer(() => client.close());
    const trading = client.client(TradingServiceDefinition);
    let seed = 0;

    const turn = async (seconds: number): Promise<Measurement> => {
      seed += 1;
      const value = {
        assetSymbol: `BENCH${seed}`,
        seed,
        initialPrice: 100,
        drift: 0,
        volatility: 0.2,
        limit: 0,
      };
      const { feed } = await trading.createFeed({
        source: { source: { $case: 'generator', value } },
        ticksPerSecond: 0,
      });
      const feedId = feed?.feedId ?? '';
      const acknowledged = async () => {
        for await (const update of trading.watchFeed({ feedId })) {
          return update.feed?.acknowledgedSequence ?? 0;
        }
        return 0;
      };
      const [firstCount, start] = [await acknowledged(), performance.now()];
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      const [lastCount, end] = [await acknowledged(), performance.now()];
      const stopped = await trading.stopFeed({ feedId });
      return {
        value: ((lastCount - firstCount) / (end - start)) * 1_000,
        errors: stopped.feed?.message ? 1 : 0,
      };
    };
    return [
      {
        title: 'market data, trading to analytics, committed and acknowledged',
        unit: 'ticks/s',
        contenders: [{ name: 'Weft', turn }],
      },
    ];
  },
};
