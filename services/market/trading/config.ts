import path from 'node:path';
import { z } from 'zod';

/** The environment variables that trading reads. */
export const config = z
  .object({
    /** A PostgreSQL database of its own: `postgresql://user:password@host:port/database`. */
    DATABASE_URL: z.string(),
    /** Folder of uploaded files. Default: data/trading in the mesh's state folder. */
    TRADING_DATA: z.string().optional(),
    WEFT_HOME: z.string().default('.weft'),
  })
  .transform(({ DATABASE_URL, TRADING_DATA, WEFT_HOME }) => ({
    databaseUrl: DATABASE_URL,
    dataFolder: path.resolve(TRADING_DATA ?? path.join(WEFT_HOME, 'data/trading')),
  }));

export type Config = z.output<typeof config>;
