import { setTimeout as sleep } from 'node:timers/promises';
import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import { CompiledQuery, type Transaction } from 'kysely';
import type pg from 'pg';
import type { Log } from '../../Log.ts';
import type { DbosInternals } from './DbosInternals.ts';
import { WORKFLOW } from './workflow.ts';

export const QUEUE = 'sagas';
/** Sagas that are under way in one process. */
const MOST_RUNNING = 1_000;
/** It has just been launched, and knows its queues a little later. */
const UNKNOWN_MS = 20;

export interface SagaQueueOptions {
  readonly client: DBOSClient;
  readonly internals: DbosInternals;
  readonly log: Log;
  /** Whether this process takes sagas. */
  readonly isOpen: () => boolean;
}

/** The sagas that wait for a process: DBOS' queue. */
export class SagaQueue {
  readonly #options: SagaQueueOptions;
  #polling: Promise<void> | undefined;
  #pollAgain = false;

  constructor(options: SagaQueueOptions) {
    this.#options = options;
  }

  /** Makes it, where there is none. */
  async register(): Promise<void> {
    await this.#options.client.registerQueue(QUEUE, { workerConcurrency: MOST_RUNNING });
  }

  /** Hands a saga over for its run, if the transaction is committed. */
  async add<DB>(transaction: Transaction<DB>, id: string): Promise<void> {
    await this.#options.client.enqueueInTransaction(
      clientOf(transaction),
      { workflowName: WORKFLOW, workflowID: id, queueName: QUEUE },
      id,
    );
  }

  /** Looks for what is to be run, now. DBOS looks each second; this is for what has just been committed. */
  poll(): void {
    this.#pollAgain = true;
    this.#polling ??= this.#pollWhileAsked()
      .catch((err) => this.#options.log.warn({ err }, 'sagas could not be looked for'))
      .finally(() => {
        this.#polling = undefined;
      });
  }

  /** Waits until nothing is looked for. */
  async idle(): Promise<void> {
    await this.#polling;
  }

  async #pollWhileAsked(): Promise<void> {
    const { internals, isOpen } = this.#options;
    while (this.#pollAgain && isOpen()) {
      this.#pollAgain = false;
      if (await internals.poll(QUEUE)) continue;
      this.#pollAgain = true;
      await sleep(UNKNOWN_MS);
    }
  }
}

/** What DBOS takes of a client of pg, on a transaction of Kysely's. */
function clientOf<DB>(transaction: Transaction<DB>): pg.ClientBase {
  const query = async (text: string, parameters: unknown[] = []) => {
    const { rows, numAffectedRows } = await transaction.executeQuery(
      CompiledQuery.raw(text, parameters),
    );
    return { rows, rowCount: Number(numAffectedRows ?? rows.length) };
  };
  return { query } as unknown as pg.ClientBase;
}
