import { z } from 'zod';
import { MICROS_PER_DAY } from '../../kit/time.ts';

/** The environment variables that history reads. */
export const config = z
  .object({
    /**
     * How long chains are kept, in days before the newest one by the market's own clock, such as "30d"; whole weeks are removed.
     * Default: 30
     * days.
     */
    HISTORY_RETENTION: z
      .string()
      .regex(/^[1-9][0-9]{0,5}d$/, 'must be days, such as "30d"')
      .default('30d'),
  })
  .transform(({ HISTORY_RETENTION }) => ({
    retentionUs: Number.parseInt(HISTORY_RETENTION, 10) * MICROS_PER_DAY,
  }));

export type Config = z.output<typeof config>;
