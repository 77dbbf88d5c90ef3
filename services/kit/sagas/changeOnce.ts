import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import superjson from 'superjson';
import { transact } from '../database/transact.ts';

export interface ChangeOptions<DB> {
  readonly database: Kysely<DB>;
  /** Id of the saga. */
  readonly saga: string;
  readonly step: string;
  readonly isUndo: boolean;
  /**
   * Called in the transaction when its row is written, which keeps others of the same change waiting.
   *
   * @throws when another instance goes on with the saga.
   */
  readonly assertOwner: (transaction: Transaction<DB>) => Promise<void>;
}

/** A try that was given up has come after the step was undone. */
export class StepUndone extends Error {
  override readonly name = 'StepUndone';
}

/**
 * Changes the service's own database for a step once: a row of the step's is written in the same transaction, with the
 * result. What undoes a step is only done where the step was; otherwise a row says that it never will be.
 *
 * @returns what `work` has answered when it was done; undefined where there was nothing to undo.
 * @throws StepUndone for a step that has been undone.
 */
export async function changeOnce<DB, Result>(
  { database, saga, step, isUndo, assertOwner }: ChangeOptions<DB>,
  work: (transaction: Transaction<DB>) => Promise<Result>,
): Promise<Result> {
  return transact(database, async (transaction) => {
    if (isUndo && !(await wasDone(transaction, saga, step))) {
      await assertOwner(transaction);
      return undefined as Result;
    }
    const row = isUndo ? `${step}:undo` : step;
    const { rows: written } = await sql`
      insert into weft.saga_change (saga, step, done) values (${saga}, ${row}, true)
      on conflict do nothing returning 1`.execute(transaction);
    if (written.length === 0) return readResult<DB, Result>(transaction, saga, row);
    await assertOwner(transaction);
    const result = await work(transaction);
    await sql`
      update weft.saga_change set result = ${superjson.stringify(result)}
      where saga = ${saga} and step = ${row}`.execute(transaction);
    return result;
  });
}

/** If not, it never will be from now on. */
async function wasDone<DB>(
  transaction: Transaction<DB>,
  saga: string,
  step: string,
): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`
    insert into weft.saga_change as change (saga, step, done) values (${saga}, ${step}, false)
    on conflict (saga, step) do update set done = change.done
    returning done`.execute(transaction);
  return rows[0]?.done ?? false;
}

async function readResult<DB, Result>(
  transaction: Transaction<DB>,
  saga: string,
  step: string,
): Promise<Result> {
  const { rows } = await sql<{ done: boolean; result: string }>`
    select done, result from weft.saga_change
    where saga = ${saga} and step = ${step}`.execute(transaction);
  const [change] = rows;
  if (!change?.done) throw new StepUndone(`${step} was undone before it was done`);
  return superjson.parse<Result>(change.result);
}
