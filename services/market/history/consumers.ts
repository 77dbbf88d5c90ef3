import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import { type Consumer, onBatch } from '../../kit/events/on.ts';
import type { DB } from './database.ts';
import { Partitions } from './store/Partitions.ts';
import { storeChains } from './store/storeChains.ts';
import { storeEnrichments } from './store/storeEnrichments.ts';

/** What history hears of: chains, and what they amount to. */
export function consumers(): Consumer<DB>[] {
  const partitions = new Partitions();
  return [
    onBatch(ChainUpdated, storeChains(partitions)),
    onBatch(ChainEnriched, storeEnrichments(partitions)),
  ];
}
