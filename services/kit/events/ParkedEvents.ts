import type { ReceivedEvent } from '@weft/mesh/events';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { HandledEvent } from './runHandler.ts';

/** An event that has been put aside. */
export interface ParkedEvent extends HandledEvent {
  readonly id: number;
  readonly blocks: boolean;
  /** Times that it has been tried. */
  readonly attempts: number;
}

/** Which partition of whose events. */
export interface PartitionName {
  readonly publisher: string;
  readonly partition: number;
}

export interface Parking {
  readonly blocks: boolean;
  readonly attempts: number;
  /** Empty for one that waits behind another. */
  readonly cause: string;
  /** Undefined: never again by itself. */
  readonly retryMs: number | undefined;
}

/** Of an error that is kept, in characters. */
const MOST_CAUSE = 2_000;

/** Puts an event aside. Harmless for one that is there already. */
export async function parkEvent<DB>(
  transaction: Transaction<DB>,
  { publisher, partition }: PartitionName,
  event: ReceivedEvent,
  { blocks, attempts, cause, retryMs }: Parking,
): Promise<void> {
  await sql`
    insert into weft.parked_event (
      publisher, partition, outbox, position, type, key, payload, trace, actor, written_at,
      blocks, state, attempts, cause, try_at
    ) values (
      ${publisher}, ${partition}, ${event.outbox}, ${event.position}, ${event.type}, ${event.key},
      ${Buffer.from(event.payload)}, ${event.trace ?? null}, ${event.actor ?? null}, ${event.time},
      ${blocks}, ${retryMs === undefined ? 'dead' : 'waiting'}, ${attempts},
      ${cause.slice(0, MOST_CAUSE)}, clock_timestamp() + ${retryMs ?? 0} * interval '1 ms'
    ) on conflict (publisher, outbox, position) do nothing`.execute(transaction);
}

/** Keys whose later events have to wait. */
export async function readBlockedKeys(
  database: Kysely<unknown>,
  { publisher, partition }: PartitionName,
): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`
    select distinct key from weft.parked_event
    where publisher = ${publisher} and partition = ${partition} and blocks`.execute(database);
  return new Set(rows.map(({ key }) => key));
}

/** Whether something still keeps a key's events waiting. */
export async function isBlocked<DB>(
  transaction: Kysely<DB>,
  { publisher, partition }: PartitionName,
  key: string,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from weft.parked_event
    where publisher = ${publisher} and partition = ${partition} and key = ${key} and blocks
    limit 1`.execute(transaction);
  return rows.length > 0;
}

/** Events that are due, and have none of their key before them that they must wait for. */
export async function readDue(
  database: Kysely<unknown>,
  { publisher, partition }: PartitionName,
  limit: number,
): Promise<ParkedEvent[]> {
  const { rows } = await sql<
    Omit<ParkedEvent, 'trace' | 'actor' | 'time'> & {
      trace: string | null;
      actor: string | null;
      written_at: Date;
    }
  >`
    select id, type, key, payload, trace, actor, written_at, blocks, attempts
    from weft.parked_event as event
    where publisher = ${publisher} and partition = ${partition} and state = 'waiting'
      and try_at <= clock_timestamp()
      and not exists (
        select from weft.parked_event as earlier
        where earlier.publisher = event.publisher and earlier.partition = event.partition
          and earlier.key = event.key and earlier.id < event.id and earlier.blocks
      )
    order by id limit ${limit}`.execute(database);
  return rows.map(({ trace, actor, written_at, ...row }) => ({
    ...row,
    trace: trace ?? undefined,
    actor: actor ?? undefined,
    time: written_at,
  }));
}

/** Notes that an event is going to be tried, so that one that ends the process is not tried for ever. */
export async function noteAttempt(
  database: Kysely<unknown>,
  id: number,
  retryMs: number,
): Promise<void> {
  await sql`
    update weft.parked_event
    set attempts = attempts + 1, cause = case when cause = '' then 'the process ended' else cause end,
      try_at = clock_timestamp() + ${retryMs} * interval '1 ms'
    where id = ${id}`.execute(database);
}

/**
 * Notes why an attempt has failed, unless the event has been replayed since it began: then it is tried again, whatever
 * became of that.
 *
 * @param isDead Whether it is given up.
 * @returns false when it has been replayed.
 */
export async function noteFailure(
  database: Kysely<unknown>,
  id: number,
  attempt: number,
  cause: string,
  isDead: boolean,
): Promise<boolean> {
  const { rows } = await sql`
    update weft.parked_event
    set cause = ${cause.slice(0, MOST_CAUSE)}, state = ${isDead ? 'dead' : 'waiting'}
    where id = ${id} and attempts = ${attempt} returning 1`.execute(database);
  return rows.length > 0;
}

export async function removeParked<DB>(transaction: Transaction<DB>, id: number): Promise<void> {
  await sql`delete from weft.parked_event where id = ${id}`.execute(transaction);
}
