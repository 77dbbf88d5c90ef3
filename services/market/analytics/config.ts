import { z } from 'zod';

/** The environment variables that analytics reads. */
export const config = z.object({
  /** A PostgreSQL database of its own: `postgresql://user:password@host:port/database`. */
  DATABASE_URL: z.string(),
});

export type Config = z.output<typeof config>;
