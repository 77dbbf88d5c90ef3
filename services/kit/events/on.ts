import type { Transaction } from 'kysely';
import type { Log } from '../Log.ts';
import type { EventType } from './EventType.ts';

/** What a handler of events is given beside the event. */
export interface EventContext<DB> {
  /** What the handler changes in the service's own database goes through it, and counts once, whatever fails. */
  readonly transaction: Transaction<DB>;
  /** What it has happened to. */
  readonly key: string;
  /** When it was written by its publisher. */
  readonly time: Date;
  /** Whose deed it was, such as "user:4711"; undefined: the publisher's own. */
  readonly actor: string | undefined;
  readonly log: Log;
}

/**
 * Handles one event. What it does besides the transaction may be done again: when the transaction is undone, the event
 * comes once more.
 */
export type EventHandler<T, DB> = (event: T, context: EventContext<DB>) => Promise<void>;

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
