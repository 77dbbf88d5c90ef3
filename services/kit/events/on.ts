import type { Transaction } from 'kysely';
import type { Log } from '../Log.ts';
import type { Events } from './Events.ts';
import type { EventType } from './EventType.ts';

/** What a handler is given beside what it handles, whether that is one event or many. */
export interface HandlerContext<DB> {
  /** What the handler changes in the service's own database goes through it, and counts once, whatever fails. */
  readonly transaction: Transaction<DB>;
  /** Tells others of what the handler has changed, by the same transaction. */
  readonly events: Pick<Events, 'add' | 'addAll'>;
  readonly log: Log;
}

/** What is known of an event beside what it says. */
export interface EventFacts {
  /** What it has happened to. */
  readonly key: string;
  /** When it was written by its publisher. */
  readonly time: Date;
  /** Whose deed it was, such as "user:4711"; undefined: the publisher's own. */
  readonly actor: string | undefined;
}

/** What a handler of events is given beside the event. */
export interface EventContext<DB> extends HandlerContext<DB>, EventFacts {}

/**
 * Handles one event. What it does besides the transaction may be done again: when the transaction is undone, the event
 * comes once more.
 */
export type EventHandler<T, DB> = (event: T, context: EventContext<DB>) => Promise<void>;

/** One of several events that are handled together. */
export interface BatchEvent<T> extends EventFacts {
  /** As it came: protobuf of T, for who has it read elsewhere. */
  readonly payload: Uint8Array;
  /** @throws for bytes that are no T. */
  decode(): T;
}

/** Handles events of one type together, as many as are there, in their order. */
export interface BatchHandler<T, DB, Prepared> {
  /**
   * What takes long and changes nothing: it comes before the transaction, which then is short. What it throws is taken for
   * what `handle` throws.
   */
  prepare(events: readonly BatchEvent<T>[]): Promise<Prepared>;
  /** Changes the database. When the transaction is undone, it may be called again with the same. */
  handle(prepared: Prepared, context: HandlerContext<DB>): Promise<void>;
}

export interface ConsumerOptions {
  /**
   * Whether later events of a key wait for one that could not be handled, until it can be or an operator drops it.
   * Default: true. False: they go on, and it may come after them.
   */
  readonly keepsOrder?: boolean;
  /** Times that an event is tried before it is given up. Default 5: after 1, 5, 25 and 125 seconds. */
  readonly attempts?: number;
}

/** An event that a service consumes, and what it does about it. */
export interface Consumer<DB> extends Required<ConsumerOptions> {
  readonly type: EventType<unknown>;
  readonly handle: EventHandler<unknown, DB>;
  /** In place of `handle`, where several are handled together. */
  readonly batch?: BatchHandler<unknown, DB, unknown>;
}

/**
 * Consumes an event of another service: `consumes: [on(ProductDeleted, dropFromCarts)]` in a definition, and its subject
 * under `consumes` in service.yaml.
 */
export function on<T, DB>(
  type: EventType<T>,
  handle: EventHandler<T, DB>,
  { keepsOrder = true, attempts = 5 }: ConsumerOptions = {},
): Consumer<DB> {
  return {
    type: type as EventType<unknown>,
    handle: handle as EventHandler<unknown, DB>,
    keepsOrder,
    attempts,
  };
}

/**
 * As on(), for events of which there are many: those that are there already come together, so that a statement may serve a
 * hundred of them. When they cannot be handled together, each is for itself: one that cannot be is put aside alone.
 */
export function onBatch<T, DB, Prepared>(
  type: EventType<T>,
  batch: BatchHandler<T, DB, Prepared>,
  options: ConsumerOptions = {},
): Consumer<DB> {
  const handle: EventHandler<T, DB> = async (event, { key, time, actor, ...context }) => {
    const payload = type.encode(event).finish();
    const prepared = await batch.prepare([{ key, time, actor, payload, decode: () => event }]);
    await batch.handle(prepared, context);
  };
  return { ...on(type, handle, options), batch: batch as BatchHandler<unknown, DB, unknown> };
}
