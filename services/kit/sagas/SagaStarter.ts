import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { formatTraceParent } from '@weft/mesh/runtime';
import type { Transaction } from 'kysely';
import superjson from 'superjson';
import { onCommitted } from '../database/transact.ts';
import type { Log } from '../Log.ts';
import type { SagaEngine } from './engine/SagaEngine.ts';
import type { EndedSaga, SagaTable } from './SagaTable.ts';
import type { Saga, SagaEnd, Sagas, StartOptions } from './saga.ts';

export interface SagaStarterOptions {
  readonly table: SagaTable;
  readonly engine: Pick<SagaEngine<unknown>, 'enqueue' | 'poll'>;
  /** Names of those in the service's definition. */
  readonly names: ReadonlySet<string>;
  readonly log: Log;
}

const LOOK_MS = 20;
/** A transaction of unknown making should have ended by then. */
const LATER_MS = 50;

/** Starts sagas, and knows when they have ended. */
export class SagaStarter implements Sagas {
  readonly #options: SagaStarterOptions;
  /** Who waits for the end of which. */
  readonly #waiting = new Map<string, Set<PromiseWithResolvers<EndedSaga>>>();
  #looking: Promise<void> | undefined;

  constructor(options: SagaStarterOptions) {
    this.#options = options;
  }

  async start<Input, Output, DB>(
    transaction: Transaction<DB>,
    { name }: Saga<Input, Output, DB>,
    input: Input,
    { key, actor, at }: StartOptions = {},
  ): Promise<string> {
    const { table, engine, names } = this.#options;
    if (!names.has(name)) throw new TypeError(`the definition of the service has no saga ${name}`);
    const { id, isNew } = await table.insert(transaction, {
      ...{ name, key, actor, startAt: at },
      input: superjson.stringify(input),
      trace: traceParent(),
    });
    if (!isNew || at) return id;
    await engine.enqueue(transaction, id);
    const begin = () => engine.poll();
    if (!onCommitted(transaction, begin)) setTimeout(begin, LATER_MS);
    return id;
  }

  async ended<Output>(id: string, signal: AbortSignal): Promise<SagaEnd<Output>> {
    signal.throwIfAborted();
    const end = Promise.withResolvers<EndedSaga>();
    const giveUp = () => end.reject(signal.reason);
    signal.addEventListener('abort', giveUp);
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(end));
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    try {
      const { state, cause, output } = await end.promise;
      if (state !== 'succeeded') return { state: 'compensated', cause };
      return { state, output: superjson.parse<Output>(output ?? 'null') };
    } finally {
      signal.removeEventListener('abort', giveUp);
      waiting.delete(end);
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }

  /** For all who wait, as long as somebody does. */
  async #look(): Promise<void> {
    const { table, log } = this.#options;
    while (this.#waiting.size > 0) {
      try {
        for (const saga of await table.readEnds([...this.#waiting.keys()])) {
          for (const end of this.#waiting.get(saga.id) ?? []) end.resolve(saga);
          this.#waiting.delete(saga.id);
        }
      } catch (err) {
        log.warn({ err }, 'the ends of sagas could not be read');
      }
      await sleep(LOOK_MS);
    }
  }
}

function traceParent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && formatTraceParent(span);
}
