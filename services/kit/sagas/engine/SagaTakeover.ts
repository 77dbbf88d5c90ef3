import { type Kysely, sql } from 'kysely';
import type { Log } from '../../Log.ts';
import type { SagaTable } from '../SagaTable.ts';
import type { DbosInternals } from './DbosInternals.ts';
import { MOST_DEATHS } from './workflow.ts';

/** What the lease of a process is called, before its name. */
export const LEASE = 'sagas ';

export interface SagaTakeoverOptions {
  readonly internals: DbosInternals;
  /** Of a connection of its own. */
  readonly control: Kysely<unknown>;
  readonly table: SagaTable;
  readonly log: Log;
}

/** What becomes of sagas whose process has died, or stands still. */
export class SagaTakeover {
  readonly #options: SagaTakeoverOptions;

  constructor(options: SagaTakeoverOptions) {
    this.#options = options;
  }

  /** Puts them back into the queue. @returns whether there are any. */
  async takeOver(): Promise<boolean> {
    const { internals, control, log } = this.#options;
    const { rows } = await sql<{ executor: string }>`
      select distinct executor_id as executor from dbos.workflow_status as workflow
      where status = 'PENDING' and not exists (
        select from weft.lease
        where name || '#' || epoch = ${LEASE} || workflow.executor_id
          and expires_at > clock_timestamp()
      )`.execute(control);
    if (rows.length === 0) return false;
    const executors = rows.map(({ executor }) => executor);
    const taken = await internals.executor().recoverPendingWorkflows(executors);
    if (taken.length === 0) return false;
    log.warn({ executors, sagas: taken.length }, 'sagas are taken over');
    return true;
  }

  /** Notes which DBOS does not run any more. */
  async giveUp(): Promise<void> {
    const { control, table, log } = this.#options;
    const { rows } = await sql<{ id: string }>`
      select saga.id::text from weft.saga as saga
      join dbos.workflow_status as workflow on workflow.workflow_uuid = saga.id::text
      where saga.ended_at is null and saga.given_up_at is null
        and workflow.status in ('MAX_RECOVERY_ATTEMPTS_EXCEEDED', 'ERROR', 'CANCELLED')`.execute(
      control,
    );
    if (rows.length === 0) return;
    const cause = `processes have ended more than ${MOST_DEATHS} times while they ran it`;
    const ids = rows.map((row) => row.id);
    for (const id of await table.giveUp(ids, cause)) {
      log.error({ id, cause }, 'a saga has been given up');
    }
  }
}
