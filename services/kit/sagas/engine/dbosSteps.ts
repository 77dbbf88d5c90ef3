import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk';
import { sql, type Transaction } from 'kysely';
import type { DurableSteps } from '../SagaRun.ts';
import type { DbosInternals } from './DbosInternals.ts';

/** DBOS' steps. What `work` throws is not kept. */
export function dbosSteps(id: string): DurableSteps {
  return {
    async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      let failure: { readonly error: unknown } | undefined;
      const guarded = async () => {
        try {
          return await work();
        } catch (error) {
          failure = { error };
          throw new DBOSWorkflowConflictError(id);
        }
      };
      try {
        return await DBOS.runStep(guarded, { name });
      } catch (error) {
        throw failure ? failure.error : error;
      }
    },
    patched: (name) => DBOS.patch(name),
  };
}

/** Holds the row until the end of the transaction. @throws DBOSWorkflowConflictError when another run has it. */
export async function assertOwner<DB>(
  internals: DbosInternals,
  transaction: Transaction<DB>,
  id: string,
): Promise<void> {
  const own = internals.ownerOf(id);
  const { rows } = await sql`
    select 1 from dbos.workflow_status
    where workflow_uuid = ${id} and owner_xid = ${own ?? null} for share`.execute(transaction);
  if (rows.length === 0) throw new DBOSWorkflowConflictError(id);
}
