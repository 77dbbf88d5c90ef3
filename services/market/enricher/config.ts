import { availableParallelism } from 'node:os';
import { z } from 'zod';

/** The environment variables that the enricher reads. */
export const config = z
  .object({
    /** Threads of an instance that work chains out, 1 to 64. Default: as many as half of the processors, 8 at most. */
    ENRICHER_THREADS: z.coerce
      .number()
      .int()
      .min(1)
      .max(64)
      .default(Math.max(1, Math.min(8, Math.floor(availableParallelism() / 2)))),
    /** Hours for which each enrichment can be listed. Default 24. */
    ENRICHER_KEEP_HOURS: z.coerce.number().positive().default(24),
    /** Days for which bars of minutes stay; those of days stay for ever. Default 30. */
    ENRICHER_KEEP_BARS_DAYS: z.coerce.number().positive().default(30),
  })
  .transform(({ ENRICHER_THREADS, ENRICHER_KEEP_HOURS, ENRICHER_KEEP_BARS_DAYS }) => ({
    threads: ENRICHER_THREADS,
    keepMs: ENRICHER_KEEP_HOURS * 3_600_000,
    keepBarsMs: ENRICHER_KEEP_BARS_DAYS * 24 * 3_600_000,
  }));

export type Config = z.output<typeof config>;
