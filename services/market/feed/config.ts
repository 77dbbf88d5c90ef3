import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The environment variables that the feed reads. */
export const config = z
  .object({
    /** File that says what market is made: see settings/marketSchema.ts. Default: market.json beside this file. */
    FEED_MARKET: z
      .string()
      .min(1)
      .default(fileURLToPath(new URL('market.json', import.meta.url))),
  })
  .transform(({ FEED_MARKET }) => ({ marketFile: FEED_MARKET }));

export type Config = z.output<typeof config>;
