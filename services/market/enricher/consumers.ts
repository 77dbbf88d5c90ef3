import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { ConsumeContext } from '../../kit/defineService.ts';
import { type Consumer, onBatch } from '../../kit/events/on.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import type { ChainMetrics } from './enrich/ChainMetrics.ts';
import { ChainThreads } from './enrich/ChainThreads.ts';
import { announceEnriched } from './store/announceEnriched.ts';
import { type Outcome, writeEnriched } from './store/writeEnriched.ts';

/** What the enricher does about chains: works them out in threads, and then writes and tells what has come out. */
export function consumers({
  config,
  database,
  observe,
  onStop,
}: Pick<ConsumeContext<DB, Config>, 'config' | 'database' | 'observe' | 'onStop'>): Consumer<DB>[] {
  const threads = new ChainThreads(config.threads);
  onStop(() => threads.close());
  const counts: Record<keyof Outcome, number> = { enriched: 0, repeated: 0, missed: 0 };
  observe((meter) => {
    meter
      .createObservableCounter('weft_enricher_chains_total', {
        description:
          'Chains that have come: enriched; repeated, which have been before; missed, which have never come',
      })
      .addCallback((result) => {
        for (const [outcome, count] of Object.entries(counts)) result.observe(count, { outcome });
      });
  });
  return [
    onBatch<ChainUpdated, DB, ChainMetrics[]>(ChainUpdated, {
      prepare: (events) => threads.work(events.map(({ payload }) => payload)),
      async handle(chains, { transaction, events, log }) {
        const outcome = await writeEnriched(chains, transaction, events);
        if (outcome.missed > 0) {
          log.warn(
            { missed: outcome.missed },
            'chains have never come, and others after them have',
          );
        }
        announceEnriched(chains, transaction, database);
        for (const name of ['enriched', 'repeated', 'missed'] as const) {
          counts[name] += outcome[name];
        }
      },
    }),
  ];
}
