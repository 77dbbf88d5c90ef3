import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ReceivedEvent } from '@weft/mesh/events';
import type { Kysely, Transaction } from 'kysely';
import { transact } from '../database/transact.ts';
import type { Log } from '../Log.ts';
import type { LeaseTerm } from '../lease/Lease.ts';
import { isOfTheMoment } from './isOfTheMoment.ts';
import type { Consumer, HandlerContext } from './on.ts';
import {
  isBlocked,
  noteAttempt,
  noteFailure,
  type ParkedEvent,
  type PartitionName,
  parkEvent,
  readBlockedKeys,
  readDue,
  removeParked,
} from './ParkedEvents.ts';
import { MOST_DEATHS, PartitionCursor, type Position, TakenOver } from './PartitionCursor.ts';
import { PartitionReader } from './PartitionReader.ts';
import { prepareHandler } from './runHandler.ts';

export interface PartitionConsumerOptions<DB> extends PartitionName {
  readonly database: Kysely<DB>;
  readonly connection: NatsConnection;
  /** Name in Consul of the service that consumes. */
  readonly service: string;
  /** By the full names of their messages. */
  readonly consumers: ReadonlyMap<string, Consumer<DB>>;
  /** What its handlers tell others by. */
  readonly events: HandlerContext<DB>['events'];
  /** Events that NATS sends ahead at most. Default 500. */
  readonly ahead?: number;
  readonly log: Log;
}

/** Does something about events by the transaction that notes how far they have been handled. */
type Step<DB> = (transaction: Transaction<DB>) => Promise<void>;

interface Plan<DB> {
  readonly steps: readonly Step<DB>[];
  readonly cursor: Position;
}

/** Events that one transaction handles at most. */
const BATCH = 100;
/** Parked events are looked for that often, too. */
const WAIT_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const RETRY_FACTOR = 5;
const LONGEST_RETRY_MS = 60 * 60_000;
const PAUSE_MS = 500;
const DIED = 'processes have ended again and again while they handled it';

/**
 * Handles the events of one partition in order, each once in effect: how far it has come is written in the handlers' own
 * transaction, under the epoch of the lease. Events that are there already are handled many in one transaction.
 *
 * An event that cannot be handled is put aside, with those of its key behind it if they have to keep their order, and
 * tried again later; the others go on.
 *
 * One instance at a time runs it: see holdLease().
 */
export class PartitionConsumer<DB> {
  readonly #options: PartitionConsumerOptions<DB>;
  /** The database without its types, for the kit's own tables. */
  readonly #tables: Kysely<unknown>;
  readonly #cursor: PartitionCursor;
  #blocked = new Set<string>();
  /** Events that are handled one by one, because the last process that ran has died at one of them. */
  #careful = 0;
  /** When parked events are looked for again. */
  #lookAt = 0;

  constructor(options: PartitionConsumerOptions<DB>) {
    this.#options = options;
    this.#tables = options.database as unknown as Kysely<unknown>;
    this.#cursor = new PartitionCursor(this.#tables, options);
  }

  /** Handles events until the term is over. */
  async run({ epoch, signal }: LeaseTerm): Promise<void> {
    const before = await this.#cursor.takeOver(epoch);
    if (!before) return;
    this.#careful = before.stopped ? 0 : BATCH;
    this.#blocked = await readBlockedKeys(this.#tables, this.#options);
    let position: Position = before;
    while (!signal.aborted) {
      try {
        position = await this.#readOn(position, epoch, signal);
      } catch (err) {
        if (err instanceof TakenOver || signal.aborted) break;
        const { log, publisher, partition } = this.#options;
        log.warn({ err, publisher, partition }, 'events could not be read');
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
        position = (await this.#cursor.read()) ?? position;
      }
    }
    await this.#cursor.noteStop(epoch);
  }

  async #readOn(from: Position, epoch: number, signal: AbortSignal): Promise<Position> {
    const { stream, sequence } = from;
    const reader = await PartitionReader.open(this.#options, {
      stream: stream ?? undefined,
      sequence,
    });
    let cursor: Position = from;
    // At once, also while a handler is at work: what it reads ahead would not reach who goes on.
    const close = () => void reader.close().catch(() => {});
    signal.addEventListener('abort', close);
    try {
      while (!signal.aborted) {
        await this.#retryParked(epoch, signal);
        const most = this.#careful > 0 ? 1 : BATCH;
        const events = await reader.next(most, WAIT_MS, signal);
        if (events.length === 0 || signal.aborted) continue;
        cursor = await this.#handle(events, { ...cursor, stream: reader.stream }, epoch);
      }
      return cursor;
    } finally {
      signal.removeEventListener('abort', close);
      await reader.close();
    }
  }

  /** Handles events, and answers where that has come to. @throws when they could not even be put aside. */
  async #handle(
    events: readonly ReceivedEvent[],
    from: Position,
    epoch: number,
  ): Promise<Position> {
    const [first] = events;
    if (this.#careful > 0 && first) {
      if (await this.#cursor.isDeadly(first.position, epoch)) {
        const cause = `processes have ended ${MOST_DEATHS} times while they handled it`;
        return this.#park(first, from, epoch, { cause, isDead: true });
      }
    }
    try {
      const cursor = await this.#apply(events, from, epoch);
      if (this.#careful > 0) this.#careful -= 1;
      return cursor;
    } catch (error) {
      if (error instanceof TakenOver || isOfTheMoment(error)) throw error;
      if (!first || events.length === 1) {
        if (!first) throw error;
        return this.#park(first, from, epoch, { cause: describe(error), isDead: false });
      }
      // One of them: found by handling each for itself.
      let cursor = from;
      for (const event of events) cursor = await this.#handle([event], cursor, epoch);
      return cursor;
    }
  }

  async #apply(events: readonly ReceivedEvent[], from: Position, epoch: number): Promise<Position> {
    const { database } = this.#options;
    const { steps, cursor } = await this.#plan(events, from);
    await transact(database, async (transaction) => {
      for (const step of steps) await step(transaction);
      await this.#cursor.advance(transaction, from, cursor, epoch);
    });
    return cursor;
  }

  /** What is to be done about events, in their order, and where that will have come to. */
  async #plan(events: readonly ReceivedEvent[], from: Position): Promise<Plan<DB>> {
    const steps: Step<DB>[] = [];
    let cursor = from;
    let together: ReceivedEvent[] = [];
    const prepare = async () => {
      const [first] = together;
      const consumer = first && this.#options.consumers.get(first.type);
      if (!consumer) return;
      const handling = await prepareHandler(consumer, together);
      steps.push((transaction) => handling(this.#given(transaction)));
      together = [];
    };
    for (const event of events) {
      const next = { ...cursor, sequence: event.sequence };
      if (event.outbox === cursor.outbox && event.position <= cursor.position) {
        // It has been published twice.
        cursor = next;
        continue;
      }
      const consumer = this.#options.consumers.get(event.type);
      if (consumer && this.#blocked.has(event.key)) {
        steps.push((transaction) =>
          parkEvent(transaction, this.#options, event, {
            ...{ blocks: true, attempts: 0, cause: '', retryMs: 0 },
          }),
        );
      } else if (consumer) {
        if (!consumer.batch || together[0]?.type !== event.type) await prepare();
        together.push(event);
      }
      cursor = { ...next, outbox: event.outbox, position: event.position };
    }
    await prepare();
    return { steps, cursor };
  }

  #given(transaction: Transaction<DB>): HandlerContext<DB> {
    const { events, log } = this.#options;
    return { transaction, events, log };
  }

  /** Puts an event aside. */
  async #park(
    event: ReceivedEvent,
    from: Position,
    epoch: number,
    { cause, isDead }: { cause: string; isDead: boolean },
  ): Promise<Position> {
    const { database, consumers, log, publisher, partition } = this.#options;
    const { keepsOrder = true, attempts = 1 } = consumers.get(event.type) ?? {};
    const retryMs = isDead || attempts <= 1 ? undefined : FIRST_RETRY_MS;
    const { sequence, outbox, position } = event;
    const cursor = { ...from, sequence, outbox, position };
    await transact(database, async (transaction) => {
      await parkEvent(transaction, this.#options, event, {
        ...{ blocks: keepsOrder, attempts: 1, cause, retryMs },
      });
      await this.#cursor.advance(transaction, from, cursor, epoch);
    });
    if (keepsOrder) this.#blocked.add(event.key);
    const { type, key } = event;
    log[retryMs === undefined ? 'error' : 'warn'](
      { publisher, partition, position, type, key, cause, retryMs },
      'an event could not be handled',
    );
    return cursor;
  }

  /** Tries again what is due. */
  async #retryParked(epoch: number, signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#lookAt) return;
    this.#lookAt = performance.now() + WAIT_MS;
    for (;;) {
      const due = await readDue(this.#tables, this.#options, BATCH);
      if (due.length === 0) return;
      for (const event of due) {
        if (signal.aborted) return;
        await this.#retry(event, epoch);
      }
    }
  }

  async #retry(event: ParkedEvent, epoch: number): Promise<void> {
    const { database, consumers, log } = this.#options;
    const consumer = consumers.get(event.type);
    // An attempt whose end nobody has noted: of the process, or because the database was away.
    if (consumer && event.attempts >= consumer.attempts + MOST_DEATHS) {
      return this.#giveUp(event, DIED);
    }
    const attempt = event.attempts + 1;
    const retryMs = Math.min(FIRST_RETRY_MS * RETRY_FACTOR ** (attempt - 1), LONGEST_RETRY_MS);
    await noteAttempt(this.#tables, event.id, retryMs);
    try {
      const handling = consumer && (await prepareHandler(consumer, [event]));
      const isFree = await transact(database, async (transaction) => {
        await this.#cursor.assertOwn(transaction, epoch);
        await handling?.(this.#given(transaction));
        await removeParked(transaction, event.id);
        return !(await isBlocked(transaction, this.#options, event.key));
      });
      if (isFree) this.#blocked.delete(event.key);
    } catch (error) {
      if (error instanceof TakenOver || isOfTheMoment(error)) throw error;
      const tried = { ...event, attempts: attempt };
      if (attempt >= (consumer?.attempts ?? 1)) return this.#giveUp(tried, describe(error));
      await noteFailure(this.#tables, event.id, attempt, describe(error), false);
      const { type, key } = event;
      log.warn({ err: error, type, key, attempt, retryMs }, 'an event could not be handled');
    }
  }

  async #giveUp({ id, type, key, attempts }: ParkedEvent, cause: string): Promise<void> {
    if (!(await noteFailure(this.#tables, id, attempts, cause, true))) return;
    this.#options.log.error({ type, key, attempts, cause }, 'an event has been given up');
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
