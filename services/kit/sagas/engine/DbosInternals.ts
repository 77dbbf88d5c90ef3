import { ConfigError } from '@weft/mesh/runtime';
import { type Kysely, sql } from 'kysely';

/** What is used of DBOS' executor. */
export interface DbosExecutor {
  /** By which DBOS knows who runs a workflow. It goes with the lease. */
  executorID: string;
  recoverPendingWorkflows(executorIds: string[]): Promise<unknown[]>;
}

interface QueueRunner {
  readonly states: ReadonlyMap<string, { readonly queue: object }>;
  pollQueue(executor: DbosExecutor, queue: object): Promise<unknown>;
}

interface Modules {
  readonly DBOSExecutor: { readonly globalInstance: DbosExecutor | undefined };
  readonly wfQueueRunner: QueueRunner;
  readonly currentOwnerXid: (id: string) => string | undefined;
}

/** The version that all of this has been tried with. */
const KNOWN = '5.3';

/**
 * What sagas use of DBOS beyond what it documents: to take over what another process has under way, to look into a queue right
 * after a commit, and to know the token of a run. Another version may have it otherwise, and sagas without it would stand still
 * or be run twice; so what is there is held against what is known before any saga begins.
 */
export class DbosInternals {
  readonly #modules: Modules;

  private constructor(modules: Modules) {
    this.#modules = modules;
  }

  /**
   * @param database Where DBOS' tables are.
   * @throws ConfigError in one line when DBOS is not as it is known.
   */
  static async load(database: Kysely<unknown>): Promise<DbosInternals> {
    const internals = new DbosInternals(await importModules().catch(refuse));
    internals.#assertShape();
    await sql`
      select workflow_uuid, status, executor_id, owner_xid from dbos.workflow_status limit 0`
      .execute(database)
      .catch((error) => {
        // Undefined tables and columns: https://www.postgresql.org/docs/18/errcodes-appendix.html
        if (!['42P01', '42703'].includes(error.code)) throw error;
        refuse(error);
      });
    return internals;
  }

  /** @throws Error when DBOS does not run. */
  executor(): DbosExecutor {
    const { globalInstance } = this.#modules.DBOSExecutor;
    if (!globalInstance) throw new Error('DBOS does not run');
    return globalInstance;
  }

  /** Looks into a queue. @returns false when DBOS does not know it yet. */
  async poll(queueName: string): Promise<boolean> {
    const { wfQueueRunner } = this.#modules;
    const queue = wfQueueRunner.states.get(queueName)?.queue;
    if (!queue) return false;
    await wfQueueRunner.pollQueue(this.executor(), queue);
    return true;
  }

  /** The token of the run that calls; undefined: it is no run of this workflow. */
  ownerOf(id: string): string | undefined {
    return this.#modules.currentOwnerXid(id);
  }

  #assertShape(): void {
    const { DBOSExecutor, wfQueueRunner, currentOwnerXid } = this.#modules;
    const methods: [string, unknown, string, number][] = [
      [
        'DBOSExecutor',
        Reflect.get(Object(DBOSExecutor), 'prototype'),
        'recoverPendingWorkflows',
        0,
      ],
      ['wfQueueRunner', wfQueueRunner, 'pollQueue', 2],
      ['context', { currentOwnerXid }, 'currentOwnerXid', 1],
    ];
    for (const [owner, object, name, length] of methods) {
      const method: unknown = Reflect.get(Object(object), name);
      if (typeof method !== 'function') refuse(new Error(`${owner} has no method ${name}`));
      const takes = (method as { readonly length: number }).length;
      if (takes !== length) refuse(new Error(`${owner}.${name} takes ${takes} parameters`));
    }
    if (!Object.hasOwn(DBOSExecutor, 'globalInstance')) {
      refuse(new Error('DBOSExecutor has no globalInstance'));
    }
    if (!(wfQueueRunner.states instanceof Map)) refuse(new Error('wfQueueRunner has no states'));
  }
}

async function importModules(): Promise<Modules> {
  const [{ DBOSExecutor }, { wfQueueRunner }, { currentOwnerXid }] = await Promise.all([
    import('@dbos-inc/dbos-sdk/internal/dbos-executor'),
    import('@dbos-inc/dbos-sdk/internal/wfqueue'),
    import('@dbos-inc/dbos-sdk/internal/context'),
  ]);
  return { DBOSExecutor, wfQueueRunner, currentOwnerXid } as unknown as Modules;
}

function refuse(cause: Error): never {
  const [what] = cause.message.split('\n');
  throw new ConfigError(`this @dbos-inc/dbos-sdk is not ${KNOWN}, which sagas know: ${what}`, {
    cause,
  });
}
