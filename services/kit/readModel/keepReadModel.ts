import { setTimeout as sleep } from 'node:timers/promises';
import { RETENTION_DAYS } from '@weft/mesh/events';
import { type Kysely, sql } from 'kysely';
import type { Log } from '../Log.ts';
import { holdLease } from '../lease/Lease.ts';
import type { ModelRow, ReadModel } from './ReadModel.ts';
import { rebuild } from './rebuild.ts';

export interface KeepOptions<DB> {
  readonly database: Kysely<DB>;
  /** Id of this instance in Consul. */
  readonly serviceId: string;
  readonly log: Log;
  /** Ends it: the context's. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. Default: an hour. */
  readonly everyMs?: number;
}

const HOUR_MS = 60 * 60_000;

/**
 * Sees to it that a read model has no gap: builds it from its owner when it has never been built, by code of an older
 * generation, or when no instance has run for so long that events may have gone before they were read. One instance does it.
 *
 * @param read All rows as the owner tells them now, a page at a time: by its List method.
 * @returns when `signal` aborts; setup() does not wait for it.
 */
export async function keepReadModel<DB>(
  model: ReadModel,
  read: (signal: AbortSignal) => AsyncIterable<readonly ModelRow[]>,
  { database, serviceId, log, signal, everyMs = HOUR_MS }: KeepOptions<DB>,
): Promise<void> {
  const tables = database as unknown as Kysely<unknown>;
  const owner = `${serviceId} ${process.pid}`;
  const name = `read model ${model.table}`;
  await holdLease(
    { database: tables, name, owner, log },
    async (term) => {
      while (!term.signal.aborted) {
        if (await isOutdated(tables, model)) {
          log.info({ model: model.table }, 'a read model is being built');
          const built = await rebuild(tables, model, read(term.signal), term.signal);
          log.info({ model: model.table, ...built }, 'a read model has been built');
        }
        await sql`
          update weft.read_model set seen_at = clock_timestamp()
          where name = ${model.table}`.execute(tables);
        await sleep(everyMs, undefined, { signal: term.signal }).catch(() => {});
      }
    },
    signal,
  );
}

/** A day earlier than events go. */
async function isOutdated(tables: Kysely<unknown>, model: ReadModel): Promise<boolean> {
  const { rows } = await sql`
    select from weft.read_model
    where name = ${model.table} and generation = ${model.generation} and not is_building
      and seen_at > clock_timestamp() - ${RETENTION_DAYS - 1} * interval '1 day'`.execute(tables);
  return rows.length === 0;
}
