import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError, Status } from '@weft/mesh/runtime';
import pg from 'pg';
import { type Saga, saga } from '../../sagas/saga.ts';

/** What the sample saga is asked for. */
export interface Transfer {
  readonly name: string;
  /** The step that is refused; empty: none. */
  readonly refused: string;
}

/** The steps of the sample saga, in their order; the last one cannot be undone. */
export const TRANSFER_STEPS = ['reserve', 'debit', 'credit', 'announce'] as const;

/** The world outside of the service: what others have been asked for, by idempotency key as they would. */
export const OUTSIDE_TABLES = `
  create table effect (key text primary key, transfer text, step text, undone boolean default false);
  create table attempt (id bigserial, transfer text, step text, pid integer);
  create table gate (step text, open boolean);
`;

/**
 * A sample saga. It acts in another database, where each request counts once by its key; a step for which there is a closed
 * gate waits there.
 *
 * @param outsideUrl Of that database.
 */
export function transferSaga(outsideUrl: string): Saga<Transfer, string, unknown> {
  const outside = new pg.Pool({ connectionString: outsideUrl, max: 4, allowExitOnIdle: true });
  outside.on('error', () => {});
  return saga<Transfer, string, unknown>('transfer', async ({ name, refused }, { step }) => {
    for (const each of TRANSFER_STEPS) {
      const act = async ({ key }: { readonly key: string }) => {
        await outside.query('insert into attempt (transfer, step, pid) values ($1, $2, $3)', [
          ...[name, each, process.pid],
        ]);
        await untilOpen(outside, each);
        if (each === refused) throw new RpcError(Status.FAILED_PRECONDITION, 'refused');
        await outside.query(
          'insert into effect (key, transfer, step) values ($1, $2, $3) on conflict do nothing',
          [key, name, each],
        );
      };
      const undo = async ({ key }: { readonly key: string }) =>
        outside.query(
          `insert into effect (key, transfer, step, undone) values ($1, $2, $3, true)
           on conflict (key) do update set undone = true`,
          // What comes after it finds its key used up.
          [key.replace(/:undo$/, ''), name, each],
        );
      if (each === 'announce') await step(each, act, { irreversible: true });
      else await step(each, act, { undo });
    }
    return name;
  });
}

async function untilOpen(outside: pg.Pool, step: string): Promise<void> {
  for (;;) {
    const { rows } = await outside.query('select 1 from gate where step = $1 and not open', [step]);
    if (rows.length === 0) return;
    await sleep(30);
  }
}
