import { trace } from '@opentelemetry/api';
import type { Contracts, EventContract } from '@weft/mesh/contracts';
import { formatTraceParent } from '@weft/mesh/runtime';
import { sql, type Transaction } from 'kysely';
import { onCommitted } from '../database/transact.ts';
import type { EventType } from './EventType.ts';

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

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /**
   * Tells others of a change, if its transaction is committed, and only then. Of one key, events reach each consumer in
   * the order of the commits: the key is locked from here to the end of the transaction, so add events last. In a
   * transaction of transact() they leave at once after it, else within some seconds.
   *
   * @throws Error for a message that is no event of this service, or has no key.
   */
  async add<DB, T>(
    transaction: Transaction<DB>,
    type: EventType<T>,
    message: T,
    { actor }: AddOptions = {},
  ): Promise<void> {
    const contract = this.#contractOf(type);
    const key = keyOf(contract, message);
    const payload = Buffer.from(type.encode(message).finish());
    const { subject } = contract;
    // The lock comes before the id is given.
    await sql`
      with locked as materialized (
        select pg_advisory_xact_lock(${LOCK_SPACE}, hashtext(${key}) & ${LOCKS - 1}) as lock
      )
      insert into weft.outbox (type, subject, key, payload, trace, actor)
      select ${type.$type}, ${subject}, ${key}, ${payload}, ${traceParent()}, ${actor ?? null}
      from locked`.execute(transaction);
    const { onAdded } = this.#options;
    if (!onCommitted(transaction, onAdded)) setTimeout(onAdded, LATER_MS);
  }

  #contractOf({ $type }: { readonly $type: string }): EventContract {
    const { contracts, service } = this.#options;
    const contract = contracts.events.get($type);
    if (!contract)
      throw new Error(`${$type} is no event: its contract has no weft.events.v1.event`);
    if (contract.publisher !== service) {
      throw new Error(`${$type} is an event of ${contract.publisher}, and this is ${service}`);
    }
    return contract;
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
