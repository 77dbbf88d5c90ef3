import { context, trace } from '@opentelemetry/api';
import { Metadata } from '@weft/mesh/runtime';
import type { Kysely, Transaction } from 'kysely';
import type { Log } from '../Log.ts';
import { changeOnce } from './changeOnce.ts';
import { type AttemptsOptions, runAttempts, type StepOutcome } from './runAttempts.ts';
import type { SagaTable } from './SagaTable.ts';
import { isNotFound } from './StepError.ts';
import type { StepAttempt } from './saga.ts';

export interface StepRunnerOptions<DB>
  extends Pick<AttemptsOptions<unknown>, 'stopped' | 'assertMayAct' | 'limit' | 'retried'> {
  /** Id of the saga. */
  readonly id: string;
  /** Of its definition. */
  readonly saga: string;
  readonly database: Kysely<DB>;
  readonly table: SagaTable;
  readonly log: Log;
  /** @throws when another run goes on with the saga. Holds that until the end of the transaction. */
  readonly assertOwner: (transaction: Transaction<DB>) => Promise<void>;
}

/** How long a step goes on trying. */
export interface StepPolicy
  extends Pick<AttemptsOptions<unknown>, 'attempts' | 'endsWhenRefused' | 'cancelled'> {
  /** Default 15,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: that of all steps. */
  readonly limit?: AttemptsOptions<unknown>['limit'];
}

const TIMEOUT_MS = 15_000;

/** Tries the steps of one saga, and what undoes them, until they succeed or have failed for good. */
export class StepRunner<DB> {
  readonly #options: StepRunnerOptions<DB>;

  constructor(options: StepRunnerOptions<DB>) {
    this.#options = options;
  }

  act<Result>(
    step: string,
    act: (attempt: StepAttempt<DB>) => Promise<Result>,
    policy: StepPolicy,
  ): Promise<StepOutcome<Result>> {
    return this.#try({ step, isUndo: false }, act, policy);
  }

  /** Until it succeeds. That there is nothing to undo is a success. */
  undo(
    step: string,
    undo: (attempt: StepAttempt<DB>) => Promise<unknown>,
    timeoutMs: number | undefined,
  ): Promise<StepOutcome<void>> {
    const bearNotFound = async (attempt: StepAttempt<DB>) => {
      try {
        await undo(attempt);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    };
    return this.#try({ step, isUndo: true }, bearNotFound, {
      ...{ attempts: Number.POSITIVE_INFINITY, endsWhenRefused: false, cancelled: undefined },
      timeoutMs,
    });
  }

  async #try<Result>(
    name: StepName,
    act: (attempt: StepAttempt<DB>) => Promise<Result>,
    { timeoutMs = TIMEOUT_MS, ...policy }: StepPolicy,
  ): Promise<StepOutcome<Result>> {
    const { id, saga, table, log, stopped, assertMayAct, limit, retried } = this.#options;
    const step = textOf(name);
    const note = (noting: Promise<void>) =>
      noting.catch((err) => log.warn({ err }, 'the state of a saga could not be written'));
    const span = trace.getTracer('weft').startSpan(`step ${step}`);
    try {
      return await context.with(trace.setSpan(context.active(), span), () =>
        runAttempts<Result>({
          act: (attempt, signal) => act(this.#attemptOf(name, attempt, signal, timeoutMs)),
          ...{ stopped, assertMayAct, limit, retried, timeoutMs, ...policy },
          onFailure: async (attempt, { message: cause }) => {
            log.warn({ saga, id, step, attempt, cause }, 'a step of a saga has failed');
            await note(table.noteFailure(id, step, attempt, cause));
          },
          onRecovery: () => note(table.noteSuccess(id)),
        }),
      );
    } finally {
      span.end();
    }
  }

  #attemptOf(
    name: StepName,
    attempt: number,
    signal: AbortSignal,
    timeoutMs: number,
  ): StepAttempt<DB> {
    const { id, database, assertOwner } = this.#options;
    const key = `${id}:${textOf(name)}`;
    const metadata = new Metadata();
    metadata.set('idempotency-key', key);
    let changes = 0;
    return {
      ...{ key, attempt, signal },
      call: { metadata, signal, timeoutMs },
      transaction: async (work) => {
        changes += 1;
        if (changes > 1) throw new TypeError(`${textOf(name)} changes the database twice`);
        return changeOnce({ database, saga: id, ...name, assertOwner }, work);
      },
    };
  }
}

interface StepName {
  readonly step: string;
  readonly isUndo: boolean;
}

function textOf({ step, isUndo }: StepName): string {
  return isUndo ? `${step}:undo` : step;
}
