import { type Implementation, implement } from '@weft/mesh/runtime';
import { EnrichedMarketServiceDefinition } from '@weft/proto/market/v1/enriched';
import type { KitContext } from '../../kit/defineService.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { enrichedMarket } from './enrichedMarket.ts';
import { LatestEnrichments } from './LatestEnrichments.ts';
import { ENRICHED_CHANNEL } from './store/announceEnriched.ts';
import { readNewest } from './store/readNewest.ts';
import { tidy } from './store/tidy.ts';

const TIDY_EVERY_MS = 10 * 60_000;

/** Tells what has been enriched, whichever instance has done it, and forgets what is too old. */
export async function setup(context: KitContext<Config, DB>): Promise<Implementation[]> {
  const { config, database, watch, log, onStop } = context;
  const load = async (product: string) => (await readNewest(database, [product])).get(product);
  const latest = new LatestEnrichments({ load, log });
  const forget = watch?.listen(ENRICHED_CHANNEL, (payload) =>
    latest.onChange(payload === undefined ? undefined : payload.split(' ')),
  );
  const timer = setInterval(() => {
    tidy(database, config).catch((err) =>
      log.warn({ err }, 'what is too old could not be removed'),
    );
  }, TIDY_EVERY_MS);
  onStop(() => {
    clearInterval(timer);
    forget?.();
  });
  return [implement(EnrichedMarketServiceDefinition, enrichedMarket(database, latest))];
}
