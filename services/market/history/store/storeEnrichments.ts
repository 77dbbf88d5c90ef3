import type { ChainEnriched } from '@weft/proto/market/v1/enriched';
import { sql } from 'kysely';
import type { BatchHandler } from '../../../kit/events/on.ts';
import type { DB } from '../database.ts';
import type { Partitions } from './Partitions.ts';
import { newestOfEach, storeTimed, type Timed } from './Timed.ts';

/** Keeps what each chain amounts to at the chain's time, by the same rules as the chain itself. */
export function storeEnrichments(
  partitions: Partitions,
): BatchHandler<ChainEnriched, DB, readonly Timed<ChainEnriched>[]> {
  return {
    prepare: async (events) => newestOfEach(events),
    handle: (enriched, context) =>
      storeTimed(partitions, enriched, context, async (kept) => {
        await sql`
          insert into enrichment (product, time_us, epoch, sequence, figures)
          select * from unnest(
            ${kept.map(({ event }) => event.product)}::text[],
            ${kept.map(({ timeUs }) => timeUs)}::bigint[],
            ${kept.map(({ event }) => event.epoch)}::bigint[],
            ${kept.map(({ event }) => event.sequence)}::bigint[],
            ${kept.map(({ payload }) => Buffer.from(payload))}::bytea[]
          )
          on conflict (product, time_us) do update
            set epoch = excluded.epoch, sequence = excluded.sequence, figures = excluded.figures
            where (enrichment.epoch, enrichment.sequence)
              < (excluded.epoch, excluded.sequence)`.execute(context.transaction);
      }),
  };
}
