import { trace } from '@opentelemetry/api';
import type { Contracts, EventContract } from '@weft/mesh/contracts';
import { formatTraceParent } from '@weft/mesh/runtime';
import { type Kysely, sql, type Transaction } from 'kysely';
import { onCommitted } from '../database/transact.ts';
import { formatAsOf } from './AsOf.ts';
import type { EventType } from './EventType.ts';
import { ownContract } from './ownContract.ts';
import { readAsOf } from './readAsOf.ts';

export interface AddOptions {
  /** Whose deed it is, such as "user:4711". Default: the service's own. */
  readonly actor?: string;
}

export interface EventsOptions {
  readonly contracts: Contracts;
  /** Name in Consul of the service. */
  readonly service: string;
  /** Called when there is something to publish, after the commit where that is known. */
  readonly onAdded: () => void;
}

/** Keys are locked by a number of this many bits, so that a transaction of many keys holds no more locks than that. */
const LOCKS = 1024;
/** Tells these locks from others in the database. */
const LOCK_SPACE = 0x77656674;
/** A transaction of unknown making should have ended by then. */
const LATER_MS = 50;

/** What a service tells others, by its outbox: a table of its own database that is emptied into NATS. */
export class Events {
  readonly #options: EventsOptions;
  /** Types of those that are told in rooms. */
  #told: readonly string[] | undefined;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /**
   * Tells others of a change, if its transaction is committed, and only then. Of one key, events reach each consumer in
   * the order of the commits: the key is locked from here to the end of the transaction, so add events last. In a
   * transaction of transact() they leave at once after it, else within some seconds.
   *
   * @throws Error for a message that is no event of this service, or has no key, or belongs into a stream without an outbox.
   */
  async add<DB, T>(
    transaction: Transaction<DB>,
    type: EventType<T>,
    message: T,
    { actor }: AddOptions = {},
  ): Promise<void> {
    await this.addAll(transaction, type, [message], actor === undefined ? {} : { actor });
  }

  /** As add(), for many of one type, in their order, by one statement. */
  async addAll<DB, T>(
    transaction: Transaction<DB>,
    type: EventType<T>,
    messages: readonly T[],
    { actor }: AddOptions = {},
  ): Promise<void> {
    const contract = ownContract(this.#options, type);
    if (contract.stream) throw new Error(`${type.$type} is written into its stream, and not added`);
    if (messages.length === 0) return;
    const keys = messages.map((message) => keyOf(contract, message));
    const payloads = messages.map((message) => Buffer.from(type.encode(message).finish()));
    const { subject } = contract;
    // The locks come before the ids are given, and in one order, so that two who take several do not wait for each other.
    await sql`
      with locked as materialized (
        select count(pg_advisory_xact_lock(${LOCK_SPACE}, lock)) as locks
        from (
          select distinct hashtext(key) & ${LOCKS - 1} as lock
          from unnest(${keys}::text[]) as key order by lock
        ) as wanted
      )
      insert into weft.outbox (type, subject, key, payload, trace, actor)
      select ${type.$type}, ${subject}, added.key, added.payload, ${traceParent()}, ${actor ?? null}
      from locked, unnest(${keys}::text[], ${payloads}::bytea[])
        with ordinality as added (key, payload, number)
      order by added.number`.execute(transaction);
    const { onAdded } = this.#options;
    if (!onCommitted(transaction, onAdded)) setTimeout(onAdded, LATER_MS);
  }

  /**
   * Reads from the service's own database what is the snapshot of a room (weft.rooms.v1.snapshot), with what says which events are
   * in it: `as_of` of its answer.
   *
   * @param read Reads by the transaction; all it sees is of one moment.
   * @throws RpcError UNAVAILABLE when some of the events that are in it cannot be told now, as while NATS is away.
   */
  async readAsOf<DB, Result>(
    database: Kysely<DB>,
    read: (transaction: Transaction<DB>) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly asOf: string }> {
    const { contracts, service } = this.#options;
    this.#told ??= [...contracts.rooms.values()]
      .flatMap((room) => (room.kind === 'events' ? room.events : []))
      .filter(({ event }) => event.publisher === service)
      .map(({ event }) => event.type);
    const { result, asOf } = await readAsOf(database, this.#told, read);
    return { result, asOf: formatAsOf(asOf) };
  }
}

/** @throws Error for an empty one. */
function keyOf({ type, key }: EventContract, message: unknown): string {
  const value = (message as Record<string, unknown>)[key.localName];
  if (value === undefined || value === null || value === '') {
    throw new Error(`${type} has no ${key.name}, which is its key`);
  }
  return String(value);
}

function traceParent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span) return null;
  return formatTraceParent(span);
}
