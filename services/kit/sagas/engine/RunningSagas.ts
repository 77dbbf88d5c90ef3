import { setTimeout as sleep } from 'node:timers/promises';
import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk';
import { Backoff } from '@weft/mesh/runtime';
import pLimit from 'p-limit';
import type { Log } from '../../Log.ts';
import { SagaRun, type SagaRunOptions } from '../SagaRun.ts';
import type { SagaTable, SagaToRun } from '../SagaTable.ts';
import type { AnySaga, SagaContext } from '../saga.ts';
import type { DbosInternals } from './DbosInternals.ts';
import { assertOwner, dbosSteps } from './dbosSteps.ts';
import { QUEUE } from './SagaQueue.ts';

/** A time in which this process may run sagas. */
export interface Term {
  /** Whether its lease is held for sure. */
  isHeld(): boolean;
  /** Aborts when it must not act any more. */
  readonly mayAct: AbortController;
}

export interface RunningSagasOptions<DB> {
  readonly table: SagaTable;
  readonly sagas: ReadonlyMap<string, AnySaga<DB>>;
  /** What sagas are given: it has to do with the engine itself. */
  readonly context: () => SagaContext<DB>;
  readonly internals: DbosInternals;
  readonly log: Log;
  /** The one that there is now. */
  readonly term: () => Term | undefined;
  /** Aborts when steps must not begin any more. */
  readonly closing: AbortSignal;
  /** There is something in the queue. */
  readonly poll: () => void;
}

/** Steps that act at the same time in one process. */
const MOST_ACTING = 32;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Steps that act when the process stops are waited for. */
const STOP_MS = 5_000;
const POLL_MS = 20;

/** The sagas that are under way in this process: what DBOS' workflow does. */
export class RunningSagas<DB> {
  readonly #options: RunningSagasOptions<DB>;
  readonly #running = new Map<string, SagaRun<DB>>();
  readonly #limit = pLimit(MOST_ACTING);

  constructor(options: RunningSagasOptions<DB>) {
    this.#options = options;
  }

  /** Tells them what somebody wants of them. */
  async hear(): Promise<void> {
    if (this.#running.size === 0) return;
    for (const wish of await this.#options.table.readWishes([...this.#running.keys()])) {
      this.#running.get(wish.id)?.hear(wish);
    }
  }

  /** Waits for steps that act, for a while. */
  async idle(): Promise<void> {
    const until = performance.now() + STOP_MS;
    while (this.#limit.activeCount > 0 && performance.now() < until) await sleep(POLL_MS);
  }

  /** Runs one: throws DBOSWorkflowConflictError for what is not its end. */
  async run(id: string): Promise<void> {
    const { table, log, internals, closing, term: currentTerm } = this.#options;
    const term = currentTerm();
    const assertMayAct = () => {
      const isOver = !term || term !== currentTerm() || !term.isHeld();
      if (isOver || closing.aborted) throw new DBOSWorkflowConflictError(id);
    };
    let run: SagaRun<DB> | undefined;
    try {
      assertMayAct();
      const stopped = (term as Term).mayAct.signal;
      const saga = await table.readToRun(id);
      if (!saga) throw new Error('there is no such saga');
      if (saga.ended_at !== null) return;
      run = new SagaRun<DB>({
        ...this.#runOptions(saga),
        steps: dbosSteps(id),
        ...{ stopped, assertMayAct },
        assertOwner: (transaction) => assertOwner(internals, transaction, id),
        limit: (work) => this.#limit(work),
      });
      this.#running.set(id, run);
      for (const wish of await table.readWishes([id])) run.hear(wish);
      await run.run();
    } catch (error) {
      if (error instanceof DBOSWorkflowConflictError) throw error;
      assertMayAct();
      log.error({ err: error, id }, 'a saga cannot go on for now');
      await this.#retryLater(id, error, run, (term as Term).mayAct.signal);
      throw new DBOSWorkflowConflictError(id);
    } finally {
      if (this.#running.get(id) === run) this.#running.delete(id);
    }
  }

  #runOptions(
    saga: SagaToRun,
  ): Pick<SagaRunOptions<DB>, 'saga' | 'definition' | 'context' | 'table' | 'log'> {
    const { sagas, context, table, log } = this.#options;
    const definition = sagas.get(saga.name);
    if (!definition) throw new Error(`this version of the service has no saga ${saga.name}`);
    return { saga, definition, context: context(), table, log };
  }

  /** After a pause, has it run again from what is kept, by whichever instance. */
  async #retryLater(
    id: string,
    error: unknown,
    run: SagaRun<DB> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { table, log, poll } = this.#options;
    const attempts = ((await table.read(id).catch(() => undefined))?.attempts ?? 0) + 1;
    await table.noteFailure(id, 'the saga itself', attempts, String(error)).catch(() => {});
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_PAUSE_MS);
    const over = sleep(pauseMs, undefined, { signal }).catch(() => {});
    await Promise.race([over, ...(run ? [run.retried()] : [])]);
    const backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
    while (!signal.aborted) {
      try {
        await DBOS.resumeWorkflow(id, { queueName: QUEUE });
        return poll();
      } catch (err) {
        log.warn({ err, id }, 'a saga could not be handed over');
        await backoff.pause(signal).over;
      }
    }
  }
}
