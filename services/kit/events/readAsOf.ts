import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError, Status } from '@weft/mesh/runtime';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { AsOf } from './AsOf.ts';

/** Events without a place that an answer may wait for: as many as the relay gives their places at once, and again. */
const MOST_WAITING = 1_000;
const WAIT_MS = 3_000;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 100;
/** Who is told of events is no more than this behind, or knows that he is. */
const HEARD_AFTER = '1 minute';

/**
 * Reads from a service's database, and which events of its outbox are in what is read. That is not all up to a place: places
 * are given after the commits, to several rows at once.
 *
 * @param types Of the events that it is asked of.
 * @param read Reads by the transaction; all it sees is of one moment.
 * @throws RpcError UNAVAILABLE when events get no places, as while NATS is away.
 */
export async function readAsOf<DB, Result>(
  database: Kysely<DB>,
  types: readonly string[],
  read: (transaction: Transaction<DB>) => Promise<Result>,
): Promise<{ readonly result: Result; readonly asOf: AsOf }> {
  const { result, state } = await database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => ({
      state: await readState(transaction, types),
      result: await read(transaction),
    }));
  const { outbox, last, waiting } = state;
  return { result, asOf: { outbox, last, besides: await placesOf(database, waiting) } };
}

interface State {
  readonly outbox: string;
  readonly last: number;
  /** Ids of those that have no place yet. */
  readonly waiting: readonly number[];
}

async function readState<DB>(
  transaction: Transaction<DB>,
  types: readonly string[],
): Promise<State> {
  const { rows } = await sql<State>`
    select outbox::text,
      coalesce((
        select position from weft.outbox
        where position is not null and type = any(${types})
          and placed_at > clock_timestamp() - ${HEARD_AFTER}::interval
        order by position desc limit 1
      ), 0) as last,
      (
        select coalesce(json_agg(id), '[]') from (
          select id from weft.outbox where position is null and type = any(${types})
          limit ${MOST_WAITING + 1}
        ) as unplaced
      ) as waiting
    from weft.outbox_state`.execute(transaction);
  const [state] = rows;
  if (!state) throw new Error('there is no outbox');
  return state;
}

/** Waits until they have their places. */
async function placesOf<DB>(database: Kysely<DB>, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const until = performance.now() + WAIT_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ids.length <= MOST_WAITING; pauseMs *= 2) {
    const { rows } = await sql<{ position: number }>`
      select position from weft.outbox where id = any(${ids}) and position is not null
      order by position`.execute(database);
    if (rows.length === ids.length) return rows.map(({ position }) => position);
    if (performance.now() > until) break;
    await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS));
  }
  throw new RpcError(Status.UNAVAILABLE, 'events of what would be answered cannot be told now');
}
