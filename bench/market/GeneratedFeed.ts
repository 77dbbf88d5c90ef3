import { connectMesh, type ServiceClient } from '@weft/mesh/runtime';
import { TradingServiceDefinition } from '@weft/proto/market/v1/trading';
import type { BenchMesh } from '../harness/BenchMesh.ts';

let feeds = 0;

/** Makes feeds of the trading service, by its own interface. */
export class FeedMaker {
  readonly #trading: ServiceClient<TradingServiceDefinition>;

  private constructor(trading: ServiceClient<TradingServiceDefinition>) {
    this.#trading = trading;
  }

  static async connect(mesh: BenchMesh, cleanup: AsyncDisposableStack): Promise<FeedMaker> {
    await mesh.allow('bench-client', 'trading');
    Object.assign(process.env, mesh.environment);
    const connection = cleanup.use(await connectMesh({ service: 'bench-client' }));
    return new FeedMaker(connection.client(TradingServiceDefinition));
  }

  /** @param ticksPerSecond 0: as fast as the receiver takes them. */
  async start(ticksPerSecond: number): Promise<GeneratedFeed> {
    feeds += 1;
    const assetSymbol = `BENCH${feeds}`;
    const value = {
      assetSymbol,
      seed: feeds,
      initialPrice: 100,
      drift: 0,
      volatility: 0.2,
      limit: 0,
    };
    const { feed } = await this.#trading.createFeed({
      source: { source: { $case: 'generator', value } },
      ticksPerSecond,
    });
    return new GeneratedFeed(this.#trading, feed?.feedId ?? '', assetSymbol);
  }
}

/** A feed that runs from trading to analytics. */
export class GeneratedFeed {
  readonly assetSymbol: string;
  readonly #trading: ServiceClient<TradingServiceDefinition>;
  readonly #feedId: string;

  constructor(
    trading: ServiceClient<TradingServiceDefinition>,
    feedId: string,
    assetSymbol: string,
  ) {
    this.#trading = trading;
    this.#feedId = feedId;
    this.assetSymbol = assetSymbol;
  }

  /** Ticks that analytics has committed. */
  async acknowledged(): Promise<number> {
    for await (const update of this.#trading.watchFeed({ feedId: this.#feedId })) {
      return update.feed?.acknowledgedSequence ?? 0;
    }
    return 0;
  }

  /** Ticks acknowledged in a second, over a time. */
  async rate(seconds: number): Promise<number> {
    const [firstCount, start] = [await this.acknowledged(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const [lastCount, end] = [await this.acknowledged(), performance.now()];
    return ((lastCount - firstCount) / (end - start)) * 1_000;
  }

  /** @returns how often the feed has failed: 0 or 1. */
  async stop(): Promise<number> {
    const { feed } = await this.#trading.stopFeed({ feedId: this.#feedId });
    return feed?.message ? 1 : 0;
  }
}
