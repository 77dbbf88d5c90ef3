import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { WritingTerm } from '../../../kit/events/EventStream.ts';
import { Market, type Round } from '../Market.ts';
import type { MarketSettings } from '../settings/marketSchema.ts';
import type { Checkpoints } from './Checkpoints.ts';
import { MarketPace } from './MarketPace.ts';

export interface MakeMarketOptions {
  readonly settings: MarketSettings;
  readonly checkpoints: Checkpoints;
  /** The last chain of a product. */
  readonly lastChain: (product: string) => Promise<ChainUpdated | undefined>;
  /** Told of chains that are in the stream now. */
  readonly onMade: (chains: readonly ChainUpdated[]) => void;
}

const CHECKPOINT_EVERY_MS = 10_000;

/**
 * Makes the market for a term: goes on from what the stream has, and tells each round before it takes it for made. The next one is
 * worked out while the last is on its way.
 *
 * @throws when a round could not be told: whoever begins anew finds in the stream how much of it is there.
 */
export async function makeMarket(
  term: WritingTerm,
  { settings, checkpoints, lastChain, onMade }: MakeMarketOptions,
): Promise<void> {
  const last = await Promise.all(settings.products.map(({ symbol }) => lastChain(symbol)));
  const market = new Market(
    settings,
    last.filter((chain) => chain !== undefined),
  );
  const stepMs = Math.round(settings.stepSeconds * 1_000);
  const pace = new MarketPace({ timeFactor: settings.timeFactor, stepMs });
  let told: Promise<void> = Promise.resolve();
  let savedAt = performance.now();
  while (!term.signal.aborted) {
    const round = market.next(term.epoch);
    await Promise.all([told, pace.until(round.ms, term.signal)]);
    if (term.signal.aborted) break;
    if (performance.now() - savedAt > CHECKPOINT_EVERY_MS) {
      await checkpoints.save(term, market.chains);
      savedAt = performance.now();
    }
    told = tell(round);
    // It is heard with the next round; until then its failure is nobody's.
    told.catch(() => {});
    market.take(round);
  }
  await told;
  await checkpoints.save(term, market.chains);

  async function tell({ chains }: Round): Promise<void> {
    await term.publish(ChainUpdated, chains);
    onMade(chains);
  }
}
