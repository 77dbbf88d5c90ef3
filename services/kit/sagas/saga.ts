import type { CallOptions, ServiceContext } from '@weft/mesh/runtime';
import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../Clock.ts';
import type { Events } from '../events/Events.ts';

export interface StartOptions {
  /**
   * What it is about, such as the id of an order: there is one saga of a name for it, as long as it is remembered, which is
   * 30 days after its end. Default: nothing, it is one of its own.
   */
  readonly key?: string;
  /** Whose deed it is, such as "user:4711". Default: the service's own. */
  readonly actor?: string;
  /** When it begins, by the service's clock, to a second. Default: at once. */
  readonly at?: Date;
}

/** How a saga has ended. */
export type SagaEnd<Output> =
  | { readonly state: 'succeeded'; readonly output: Output }
  | { readonly state: 'compensated'; readonly cause: string };

/** The sagas of a service, as its handlers use them. */
export interface Sagas {
  /**
   * Starts a saga, if the transaction is committed, and only then. In a transaction of transact() it begins right after
   * it, else within a second or so. The trace that this is called in goes on in it.
   *
   * @param input Something that JSON, or superjson, can say.
   * @returns its id; with a key that there is a saga for, the id of that one, which goes on as it is.
   * @throws TypeError for a saga that is not in the service's definition.
   */
  start<Input, Output, DB>(
    transaction: Transaction<DB>,
    saga: Saga<Input, Output, DB>,
    input: Input,
    options?: StartOptions,
  ): Promise<string>;
  /**
   * Waits until a saga has ended, wherever it runs.
   *
   * @param signal Ends the waiting, with its reason.
   */
  ended<Output>(id: string, signal: AbortSignal): Promise<SagaEnd<Output>>;
}

/** What the body of a saga is given of its service. */
export interface SagaContext<DB> extends Pick<ServiceContext, 'service' | 'client' | 'log'> {
  readonly database: Kysely<DB>;
  readonly events: Events;
  readonly sagas: Sagas;
  readonly clock: Clock;
}

/** One try of a step, or of what undoes it. */
export interface StepAttempt<DB> {
  /** `<id of the saga>:<step>`, with `:undo` for what undoes it; the same in all tries. */
  readonly key: string;
  /** From 1. After a takeover it counts anew. */
  readonly attempt: number;
  /** Aborts when the time is over, when the saga is cancelled, and when another instance goes on. */
  readonly signal: AbortSignal;
  /** For calls of other services: with `key` as the header `idempotency-key`, `signal`, and the time of the try. */
  readonly call: CallOptions;
  /**
   * Changes the service's own database, once, however often the step is tried; what undoes it is only done where it has
   * been done. At most one in a step.
   *
   * @returns what `work` has answered when it was done.
   */
  transaction<Result>(work: (transaction: Transaction<DB>) => Promise<Result>): Promise<Result>;
}

export interface StepOptions<Result, DB> {
  /**
   * Takes back what the step has done. It is called when the saga fails or is cancelled after the step has begun, with the
   * step's result, or undefined where that is not known: it may have acted, may never have, or may still be under way. It
   * is tried until it succeeds; NOT_FOUND counts as that.
   */
  readonly undo?: (attempt: StepAttempt<DB>, result: Result | undefined) => Promise<unknown>;
  /**
   * Whether nothing can take the step back. It is tried until it succeeds, or is refused (INVALID_ARGUMENT,
   * FAILED_PRECONDITION, OUT_OF_RANGE), which means that it has not acted: then what was before it is undone. Steps after it
   * are tried until they succeed, whatever fails. Default: false.
   */
  readonly irreversible?: boolean;
  /** Times that it is tried before the saga fails. Default 5, with pauses from 0.1 s on, each twice the one before. */
  readonly attempts?: number;
  /** Milliseconds for one try. Default 15,000. */
  readonly timeoutMs?: number;
}

/** The steps that a saga is made of. Each is done once in effect: what it has answered is kept, and not asked for again. */
export interface SagaSteps<DB> {
  /** UUIDv7. */
  readonly id: string;
  /** Whose deed it is, such as "user:4711"; undefined: the service's own. */
  readonly actor: string | undefined;
  /**
   * Does something that may fail, and keeps what it answers, which must be something that JSON, or superjson, can say.
   *
   * @param name Unlike that of any other step of the saga.
   * @throws StepError when it has failed for good. The saga is then undone, whatever its body does about it.
   */
  step<Result>(
    name: string,
    act: (attempt: StepAttempt<DB>) => Promise<Result>,
    options?: StepOptions<Result, DB>,
  ): Promise<Result>;
  /** Lets time pass, over restarts too. Cancelling the saga ends it. @param name As of a step. */
  wait(name: string, milliseconds: number): Promise<void>;
  /**
   * Whether this saga has begun, or not yet come here, with a version of its body that asks this: how a body is changed
   * while sagas of the old one are under way.
   */
  patched(name: string): Promise<boolean>;
}

/**
 * What a saga does. It is run again from the beginning when another instance takes over, with the answers of the steps
 * that are done: all that it does besides steps must come out the same, so time, chance and reads belong into steps.
 */
export type SagaBody<Input, Output, DB> = (
  input: Input,
  steps: SagaSteps<DB>,
  context: SagaContext<DB>,
) => Promise<Output>;

/** A saga whose input and output are of no interest. */
export interface AnySaga<DB> {
  readonly name: string;
  readonly body: SagaBody<never, unknown, DB>;
}

export interface Saga<Input, Output, DB> extends AnySaga<DB> {
  readonly body: SagaBody<Input, Output, DB>;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Describes a saga: steps in several services that end all done, or all undone.
 *
 * ```ts
 * export const checkout = saga<Order, void, DB>('checkout', async (order, { step }, { client }) => {
 *   const stock = client(StockServiceDefinition);
 *   const payments = client(PaymentServiceDefinition);
 *   await step('reserve', ({ call }) => stock.reserve({ orderId: order.id }, call), {
 *     undo: ({ call }) => stock.release({ orderId: order.id }, call),
 *   });
 *   await step('charge', ({ call }) => payments.charge({ orderId: order.id }, call), { irreversible: true });
 * });
 * ```
 *
 * @param name Of small letters, digits and -; it stays while sagas of it are under way.
 * @throws TypeError for another name.
 */
export function saga<Input, Output = void, DB = unknown>(
  name: string,
  body: SagaBody<Input, Output, DB>,
): Saga<Input, Output, DB> {
  if (!NAME.test(name)) throw new TypeError(`saga "${name}": a name is of a-z, 0-9 and -`);
  return { name, body };
}
