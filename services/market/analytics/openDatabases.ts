import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import { openDatabase } from '../../kit/database/openDatabase.ts';
import type { Log } from '../../kit/Log.ts';
import type { Schema } from './book/Schema.ts';

export interface DatabasesOptions {
  /** Of PostgreSQL. */
  readonly url: string;
  /** Names both in PostgreSQL's own lists, that of readers with "-reads" behind it. */
  readonly applicationName: string;
  readonly log: Log;
  /** Gives up waiting for the server. */
  readonly signal: AbortSignal;
}

/** One database by two pools: readers who wait for each other keep no commit waiting. */
export interface Databases {
  /** For commits, of which one is under way at a time, and for what is read before them. */
  readonly writes: Kysely<Schema>;
  /** For what callers ask for. */
  readonly reads: Kysely<Schema>;
  destroy(): Promise<void>;
}

/** Together what a service has by default (services/kit/database/createPool.ts). */
const WRITING_CONNECTIONS = 2;
const READING_CONNECTIONS = 3;

/** Opens analytics' database. @throws when its URL is none, when a migration fails, and when `signal` aborts. */
export async function openDatabases(options: DatabasesOptions): Promise<Databases> {
  const migrations = fileURLToPath(new URL('migrations', import.meta.url));
  const { applicationName } = options;
  const writes = await openDatabase<Schema>({
    ...options,
    migrations,
    poolSize: WRITING_CONNECTIONS,
  });
  const reads = await openDatabase<Schema>({
    ...options,
    migrations,
    applicationName: `${applicationName}-reads`,
    poolSize: READING_CONNECTIONS,
  }).catch(async (error) => {
    await writes.destroy();
    throw error;
  });
  return {
    writes,
    reads,
    async destroy() {
      await Promise.all([writes.destroy(), reads.destroy()]);
    },
  };
}
