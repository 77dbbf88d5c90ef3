import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@weft/mesh/runtime';
import type { Transaction } from 'kysely';
import superjson from 'superjson';
import type { Log } from '../Log.ts';
import type { AttemptsOptions, StepOutcome } from './runAttempts.ts';
import type { SagaTable, SagaToRun, SagaWish } from './SagaTable.ts';
import { CANCELLED, failureOf, StepError } from './StepError.ts';
import { type StepPolicy, StepRunner } from './StepRunner.ts';
import type {
  AnySaga,
  SagaBody,
  SagaContext,
  SagaSteps,
  StepAttempt,
  StepOptions,
} from './saga.ts';

/** What keeps the answers of steps. */
export interface DurableSteps {
  /**
   * Does something and keeps its answer, or gives the one that it had. What is asked for in a run must be the same, in the
   * same order, as in the runs before.
   *
   * @throws what keeps it from that, and what `work` throws: no answer is kept then.
   */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  patched(name: string): Promise<boolean>;
}

export interface SagaRunOptions<DB>
  extends Pick<AttemptsOptions<unknown>, 'stopped' | 'assertMayAct' | 'limit'> {
  readonly saga: SagaToRun;
  readonly definition: AnySaga<DB>;
  readonly context: SagaContext<DB>;
  readonly steps: DurableSteps;
  readonly table: SagaTable;
  readonly log: Log;
  /** @throws when another run goes on with the saga. Holds that until the end of the transaction. */
  readonly assertOwner: (transaction: Transaction<DB>) => Promise<void>;
}

const ATTEMPTS = 5;
/** What Node's timers can count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LOOK_MS = 1_000;

/** A body has thrown where nothing can be undone any more. */
export class ForwardOnly extends Error {
  override readonly name = 'ForwardOnly';
}

/** One run of a saga's body from its beginning, with what undoes it. */
export class SagaRun<DB> {
  readonly #id: string;
  readonly #options: SagaRunOptions<DB>;
  readonly #runner: StepRunner<DB>;
  readonly #names = new Set<string>();
  /** What undoes the steps that have begun, the last one last. */
  readonly #undoing: (() => Promise<void>)[] = [];
  readonly #acting = new Set<Promise<unknown>>();
  readonly #cancelled = new AbortController();
  #retried = Promise.withResolvers<void>();
  #retriedAt = 0;
  /** Why it is going to be undone. */
  #failure: StepError | undefined;
  /** What has kept an answer from being kept. */
  #broken: unknown;
  /** Where it is with the first step that cannot be undone. */
  #pivot: 'ahead' | 'acting' | 'behind' = 'ahead';

  constructor(options: SagaRunOptions<DB>) {
    this.#options = options;
    const { saga, definition, context: given, ...rest } = options;
    this.#id = saga.id;
    this.#runner = new StepRunner({
      ...{ ...rest, id: saga.id, saga: definition.name, database: given.database },
      retried: () => this.retried(),
    });
  }

  /** Tells it what somebody wants. */
  hear({ isCancelled, retriedAt }: Omit<SagaWish, 'id'>): void {
    if (isCancelled) this.#cancelled.abort();
    if (retriedAt <= this.#retriedAt) return;
    this.#retriedAt = retriedAt;
    this.#retried.resolve();
    this.#retried = Promise.withResolvers();
  }

  /** Resolves when somebody wants it tried again at once. */
  retried(): Promise<void> {
    return this.#retried.promise;
  }

  /**
   * Runs it to its end: all is done, or all is undone.
   *
   * @throws ForwardOnly; what `steps` and `assertMayAct` throw. It is then to be run again, here or elsewhere.
   */
  async run(): Promise<void> {
    const { saga, definition } = this.#options;
    const parent = parentOf(saga.trace);
    const span = trace.getTracer('weft').startSpan(`saga ${definition.name}`, {}, parent);
    try {
      await context.with(trace.setSpan(parent, span), () => this.#runToEnd());
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  }

  async #runToEnd(): Promise<void> {
    const { table } = this.#options;
    const { output, error } = await this.#runBody();
    // A body may have left some to themselves.
    while (this.#acting.size > 0) await Promise.allSettled(this.#acting);
    if (this.#broken !== undefined) throw this.#broken;
    const failure = this.#failure ?? error;
    if (failure === undefined) {
      await this.#keep('end', () => table.end(this.#id, 'succeeded', { cause: '', output }));
    } else if (this.#pivot === 'ahead') {
      await this.#compensate(failure);
    } else {
      throw new ForwardOnly(failureOf(failure).message, { cause: failure });
    }
  }

  async #runBody(): Promise<{ readonly output?: string; readonly error?: unknown }> {
    const { definition, saga, context: given } = this.#options;
    const body = definition.body as SagaBody<unknown, unknown, DB>;
    try {
      const output = await body(superjson.parse(saga.input), this.#steps(), given);
      return { output: superjson.stringify(output) };
    } catch (error) {
      return { error: error ?? new Error('nothing was thrown') };
    }
  }

  async #compensate(failure: unknown): Promise<void> {
    const { table, log, definition } = this.#options;
    const isWanted = failure instanceof StepError && failure.isCancelled;
    const cause = failure instanceof StepError ? failure.message : failureOf(failure).message;
    const fields = { err: failure, saga: definition.name, id: this.#id };
    log[isWanted ? 'info' : 'warn'](fields, 'a saga is undone');
    await this.#keep('compensate', () => table.beginCompensation(this.#id, cause));
    for (const undo of this.#undoing.toReversed()) await undo();
    await this.#keep('end', () => table.end(this.#id, 'compensated', { cause, output: undefined }));
  }

  /** What a body is given: functions that it may take out, and steps that it may leave to themselves. */
  #steps(): SagaSteps<DB> {
    const { saga, steps } = this.#options;
    return {
      ...{ id: saga.id, actor: saga.actor ?? undefined },
      step: (name, act, options = {}) => heard(this.#step(name, act, options)),
      wait: (name, milliseconds) => heard(this.#wait(name, milliseconds)),
      patched: (name) => steps.patched(name),
    };
  }

  async #step<Result>(
    name: string,
    act: (attempt: StepAttempt<DB>) => Promise<Result>,
    options: StepOptions<Result, DB>,
    limit?: AttemptsOptions<unknown>['limit'],
  ): Promise<Result> {
    this.#assertMayBegin(name, options);
    const { undo, irreversible = false, timeoutMs, attempts = ATTEMPTS } = options;
    let outcome: StepOutcome<Result> | undefined;
    // Before it acts: one that has timed out may have acted, too.
    if (undo) {
      this.#undoing.push(async () => {
        const result = outcome?.ok ? outcome.result : undefined;
        await this.#keep(`${name}:undo`, () =>
          this.#runner.undo(name, (attempt) => undo(attempt, result), timeoutMs),
        );
      });
    }
    const isPivot = irreversible && this.#pivot === 'ahead';
    const isForward = irreversible || this.#pivot === 'behind';
    if (isPivot) this.#pivot = 'acting';
    const policy: StepPolicy = {
      ...{ timeoutMs, ...(limit ? { limit } : {}) },
      attempts: isForward ? Number.POSITIVE_INFINITY : attempts,
      endsWhenRefused: isPivot || !isForward,
      cancelled: isForward ? undefined : this.#cancelled.signal,
    };
    const acting = this.#keep(name, () =>
      isPivot ? this.#actForGood(name, act, policy) : this.#runner.act(name, act, policy),
    );
    this.#acting.add(acting);
    try {
      outcome = await acting;
    } finally {
      this.#acting.delete(acting);
    }
    if (isPivot) this.#pivot = outcome.ok ? 'behind' : 'ahead';
    if (outcome.ok) return outcome.result;
    this.#failure ??= new StepError(name, outcome.failure);
    throw this.#failure;
  }

  /** From its beginning, nobody can cancel the saga. */
  async #actForGood<Result>(
    name: string,
    act: (attempt: StepAttempt<DB>) => Promise<Result>,
    policy: StepPolicy,
  ): Promise<StepOutcome<Result>> {
    const { table } = this.#options;
    if (!(await table.beginIrreversible(this.#id, name))) return { ok: false, failure: CANCELLED };
    const outcome = await this.#runner.act(name, act, policy);
    if (!outcome.ok) await table.forgetIrreversible(this.#id);
    return outcome;
  }

  async #wait(name: string, milliseconds: number): Promise<void> {
    const { clock } = this.#options.context;
    const now = () => clock.now().getTime();
    const until = await this.#step(`${name}:until`, async () => now() + milliseconds, {});
    await this.#step(
      name,
      async ({ signal }) => {
        // A clock may be set meanwhile.
        while (now() < until) await sleep(Math.min(LOOK_MS, until - now()), undefined, { signal });
      },
      { timeoutMs: LONGEST_TIMER_MS, attempts: Number.POSITIVE_INFINITY },
      // While it waits it takes nobody's place.
      (work) => work(),
    );
  }

  /** @throws the failure that the saga is to be undone for, and TypeError for what a body must not do. */
  #assertMayBegin(name: string, { irreversible, undo }: StepOptions<never, DB>): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#failure) throw this.#failure;
    if (name.endsWith(':undo')) throw new TypeError(`a step "${name}" would undo another`);
    if (this.#names.has(name)) throw new TypeError(`the saga has two steps "${name}"`);
    this.#names.add(name);
    if (irreversible && undo) throw new TypeError(`${name} is irreversible, and has an undo`);
    if (this.#pivot === 'acting' || (irreversible && this.#acting.size > 0)) {
      throw new TypeError(`${name}: an irreversible step must not run beside another`);
    }
  }

  /** What is thrown here is none of the step's: its answer is not kept, and the run is over. */
  async #keep<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#options.steps.run(name, work);
    } catch (error) {
      this.#broken ??= error;
      throw error;
    }
  }
}

/** A failure that nobody waits for ends no process. */
function heard<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

function parentOf(traceParent: string | null) {
  const remote = parseTraceParent(traceParent ?? '');
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}
