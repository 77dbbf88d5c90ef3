import { randomBytes } from 'node:crypto';
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Kysely, Transaction } from 'kysely';
import type pg from 'pg';
import type { Log } from '../../Log.ts';
import { holdLease, type LeaseTerm } from '../../lease/Lease.ts';
import { Wake } from '../../Wake.ts';
import type { SagaTable } from '../SagaTable.ts';
import type { AnySaga, SagaContext } from '../saga.ts';
import { DbosInternals } from './DbosInternals.ts';
import { RunningSagas, type Term } from './RunningSagas.ts';
import { QUEUE, SagaQueue } from './SagaQueue.ts';
import { LEASE, SagaTakeover } from './SagaTakeover.ts';
import { registerWorkflow, releaseWorkflow, takeWorkflow } from './workflow.ts';

export interface SagaEngineOptions<DB> {
  /** Name in Consul. */
  readonly service: string;
  /** Of the instance. */
  readonly serviceId: string;
  /** Of the engine's own: what it writes waits for no handler's connection, nor keeps one waiting. */
  readonly pool: pg.Pool;
  /** The same by one connection for the lease, which must be renewed however much there is to do. */
  readonly control: Kysely<unknown>;
  readonly table: SagaTable;
  readonly sagas: ReadonlyMap<string, AnySaga<DB>>;
  /** What sagas are given: it has to do with the engine itself. */
  readonly context: () => SagaContext<DB>;
  readonly log: Log;
  /** Milliseconds after which another instance takes over from one that has died. Default 5,000. */
  readonly leaseMs?: number | undefined;
}

const LOOK_MS = 1_000;
/** DBOS wants one that it can read. It connects by the pool. */
const UNUSED_URL = 'postgresql://pool@pool/pool';
/** Behind any step: nothing of a saga is forgotten. */
const LAST_STEP = 2 ** 30;

/**
 * Runs the sagas of a service on DBOS, in the schema `dbos` of its own database. Each process holds a lease of its own; sagas
 * of one whose lease has expired are run by another, from what is kept. DBOS hands a token out with each run, without which
 * nothing is kept; and who has lost his lease does not act.
 */
export class SagaEngine<DB> {
  readonly #options: SagaEngineOptions<DB>;
  /** Of this process, as leases know it. DBOS knows it with the epoch of its lease. */
  readonly #name: string;
  readonly #client: DBOSClient;
  readonly #internals: DbosInternals;
  readonly #takeover: SagaTakeover;
  readonly #running: RunningSagas<DB>;
  /** Aborts when steps must not begin any more. */
  readonly #closing = new AbortController();
  readonly #stop = new AbortController();
  readonly #wake = new Wake();
  readonly #queue: SagaQueue;
  #serving: Promise<void> | undefined;
  #term: Term | undefined;
  #launched = false;

  private constructor(
    options: SagaEngineOptions<DB>,
    client: DBOSClient,
    internals: DbosInternals,
  ) {
    const { serviceId, control, table, sagas, context, log } = options;
    this.#options = options;
    this.#client = client;
    this.#internals = internals;
    this.#name = `${serviceId} ${process.pid} ${randomBytes(4).toString('hex')}`;
    this.#takeover = new SagaTakeover({ internals, control, table, log });
    this.#queue = new SagaQueue({
      ...{ client, internals, log },
      isOpen: () => this.#term !== undefined && !this.#closing.signal.aborted,
    });
    this.#running = new RunningSagas<DB>({
      ...{ table, sagas, context, internals, log },
      term: () => this.#term,
      closing: this.#closing.signal,
      poll: () => this.poll(),
    });
  }

  /**
   * Begins. Its tables must be there: see migrateEngine(). One at a time in a process: DBOS is one.
   *
   * @throws ConfigError for a DBOS that is not as it is known.
   */
  static async start<DB>(options: SagaEngineOptions<DB>): Promise<SagaEngine<DB>> {
    const { pool, service, control, log } = options;
    const internals = await DbosInternals.load(control);
    const client = await DBOSClient.create({
      systemDatabaseUrl: UNUSED_URL,
      systemDatabasePool: pool,
      applicationName: service,
      logger: quiet(log),
    });
    const engine = new SagaEngine(options, client, internals);
    await engine.#queue.register();
    takeWorkflow((id) => engine.#running.run(id));
    engine.#serving = engine.#holdLease();
    return engine;
  }

  /** Hands a saga over for its run, if the transaction is committed. */
  async enqueue<Any>(transaction: Transaction<Any>, id: string): Promise<void> {
    await this.#queue.add(transaction, id);
  }

  /** Looks for what is to be run, now. */
  poll(): void {
    this.#queue.poll();
  }

  /** Looks for what somebody wants of sagas that are under way, now. */
  look(): void {
    this.#wake.call();
  }

  /** Runs a saga again that has been given up. */
  async revive(id: string): Promise<void> {
    // A saga ends neither so nor so: what it has done stays, and it goes on.
    const status = await this.#client.getWorkflow(id);
    if (status?.status === 'MAX_RECOVERY_ATTEMPTS_EXCEEDED' || status?.status === 'CANCELLED') {
      await this.#client.resumeWorkflow(id, { queueName: QUEUE });
    } else if (status?.status === 'ERROR') {
      await this.#client.rewindWorkflow(id, { startStep: LAST_STEP, queueName: QUEUE });
    }
    this.poll();
  }

  /** The steps of a saga that are done, the first one first. */
  async steps(id: string): Promise<{ name: string; failure: string; start: Date; end: Date }[]> {
    const steps = (await this.#client.listWorkflowSteps(id)) ?? [];
    return steps.map(({ name, output, startedAtEpochMs = 0, completedAtEpochMs = 0 }) => ({
      name,
      failure: (output as { failure?: { message: string } } | null)?.failure?.message ?? '',
      start: new Date(startedAtEpochMs),
      end: new Date(completedAtEpochMs),
    }));
  }

  /** Forgets the steps of sagas. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.#client.deleteWorkflows([...ids]);
  }

  /** Lets steps that act come to their end, and hands the rest over. */
  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#running.idle();
    this.#term?.mayAct.abort();
    await this.#queue.idle();
    if (this.#launched) {
      const { executorID } = this.#internals.executor();
      // Before what is handed over, so that it does not take that itself.
      await DBOS.shutdown();
      await this.#handOver(executorID);
    }
    this.#stop.abort();
    await this.#serving;
    await this.#client.destroy();
    releaseWorkflow();
  }

  #holdLease(): Promise<void> {
    const { control, log, leaseMs } = this.#options;
    return holdLease(
      {
        ...{ database: control, log, owner: this.#name },
        name: `${LEASE}${this.#name}`,
        ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
      },
      (term) => this.#serve(term),
      this.#stop.signal,
    );
  }

  /** Runs what there is to run, until the term is over. */
  async #serve(term: LeaseTerm): Promise<void> {
    const { signal } = term;
    const { log } = this.#options;
    // What it had in an earlier term it has stopped, and may get again like anybody.
    const executorID = `${this.#name}#${term.epoch}`;
    if (!this.#launched) await this.#launch(executorID);
    this.#internals.executor().executorID = executorID;
    const mayAct = new AbortController();
    this.#term = { isHeld: () => term.isHeld(), mayAct };
    signal.addEventListener('abort', () => mayAct.abort());
    this.poll();
    try {
      while (!signal.aborted) {
        const woken = this.#wake.next(LOOK_MS, signal);
        await this.#look().catch((err) => log.warn({ err }, 'the state of sagas is not known'));
        await woken;
      }
    } finally {
      mayAct.abort();
      this.#term = undefined;
    }
  }

  async #look(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (await this.#takeover.takeOver()) this.poll();
    await this.#takeover.giveUp();
    await this.#running.hear();
  }

  async #launch(executorID: string): Promise<void> {
    const { service, pool, log } = this.#options;
    registerWorkflow();
    DBOS.setConfig({
      name: service,
      systemDatabaseUrl: UNUSED_URL,
      systemDatabasePool: pool,
      executorID,
      // Its own version is a hash of the code, which strands what is under way at each deployment.
      enablePatching: true,
      listenQueues: [QUEUE],
      useListenNotify: false,
      runMigrations: false,
      logger: quiet(log, this.#closing.signal),
    });
    await DBOS.launch();
    this.#launched = true;
  }

  /** Others run what is not done. */
  async #handOver(executorId: string): Promise<void> {
    const own = { executorId, status: 'PENDING' } as const;
    try {
      const ids = (await this.#client.listWorkflows(own)).map(({ workflowID }) => workflowID);
      // Unlike a recovery, this does not count as the death of a process.
      if (ids.length > 0) await this.#client.resumeWorkflows(ids, { queueName: QUEUE });
    } catch (err) {
      const { log } = this.#options;
      log.warn({ err }, 'sagas under way could not be handed over: they are taken over later');
    }
  }
}

/** DBOS tells much that only its authors need, and complains of its end. */
function quiet(log: Log, ended?: AbortSignal) {
  const tell = (level: 'warn' | 'error') => (entry: unknown) => {
    if (!ended?.aborted) log[level](entry instanceof Error ? { err: entry } : {}, `DBOS: ${entry}`);
  };
  return { debug() {}, info() {}, warn: tell('warn'), error: tell('error') };
}
