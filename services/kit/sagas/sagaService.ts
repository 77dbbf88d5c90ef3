import { errorInfo, type Implementation, implement, RpcError, Status } from '@weft/mesh/runtime';
import {
  type Saga,
  SagaServiceDefinition,
  SagaState,
  type SagaStep,
} from '@weft/proto/weft/sagas/v1/sagas';
import { assertOperator } from '../assertOperator.ts';
import { failedPrecondition } from '../failedPrecondition.ts';
import { Reason } from '../Reason.ts';
import { readPage } from '../readPage.ts';
import { timestampFromDate } from '../time.ts';
import { type AttachedSagas, SAGA_CHANNEL } from './attachSagas.ts';
import type { SagaRow } from './SagaTable.ts';

const STATES = {
  scheduled: SagaState.SCHEDULED,
  running: SagaState.RUNNING,
  compensating: SagaState.COMPENSATING,
  succeeded: SagaState.SUCCEEDED,
  compensated: SagaState.COMPENSATED,
} as const;

/** What operators see of a service's sagas, and can do about them: `weft saga`. */
export function sagaService({
  table,
  engine,
}: Pick<AttachedSagas, 'table' | 'engine'>): Implementation {
  const find = async (id: string): Promise<SagaRow> => {
    const row = await table.read(id);
    if (row) return row;
    throw new RpcError(Status.NOT_FOUND, `there is no saga ${id}`, {
      details: [errorInfo(Reason.SAGA_NOT_FOUND, { id })],
    });
  };
  const tell = async (id: string) => {
    engine.look();
    await table.notify(SAGA_CHANNEL);
    return { saga: sagaOf(await find(id)) };
  };
  return implement(SagaServiceDefinition, {
    async listSagas({ pageSize, pageToken, name, failing, ended }, context) {
      assertOperator(context);
      const states = ended ? [] : ['scheduled', 'running', 'compensating'];
      const { rows, nextPageToken } = await readPage<SagaRow, string>(
        { pageSize, pageToken },
        {
          list: ['sagas', name, String(failing), String(ended)],
          type: 'string',
          read: (before, limit) => table.list({ name, states, failing, before, limit }),
          positionOf: ({ id }) => id,
        },
      );
      return { sagas: rows.map(sagaOf), nextPageToken };
    },

    async getSaga({ id }, context) {
      assertOperator(context);
      const saga = sagaOf(await find(id));
      const steps = await engine.steps(id);
      return {
        saga,
        steps: steps.map(
          ({ name, failure, start, end }): SagaStep => ({
            ...{ name, failure },
            startTime: timestampFromDate(start),
            endTime: timestampFromDate(end),
          }),
        ),
      };
    },

    async retrySaga({ id }, context) {
      assertOperator(context);
      const { ended_at, given_up_at } = await find(id);
      if (ended_at) throw ended(id);
      await table.retry(id);
      if (given_up_at) await engine.revive(id);
      return tell(id);
    },

    async cancelSaga({ id }, context) {
      assertOperator(context);
      const { irreversible, ended_at } = await find(id);
      if (!(await table.cancel(id))) {
        if (ended_at || !irreversible) throw ended(id);
        throw failedPrecondition(
          Reason.SAGA_IRREVERSIBLE,
          `step "${irreversible}" of saga ${id} cannot be undone: it only goes forward`,
          { id, step: irreversible },
        );
      }
      return tell(id);
    },
  });
}

function ended(id: string): RpcError {
  return failedPrecondition(Reason.SAGA_ENDED, `saga ${id} has ended`, { id });
}

function sagaOf(row: SagaRow): Saga {
  const time = (date: Date | null) => (date ? timestampFromDate(date) : undefined);
  return {
    id: row.id,
    name: row.name,
    key: row.key ?? '',
    actor: row.actor ?? '',
    state: row.given_up_at && !row.ended_at ? SagaState.GIVEN_UP : STATES[row.state],
    failingStep: row.step,
    attempts: row.attempts,
    cause: row.cause,
    irreversibleStep: row.irreversible ?? '',
    startTime: time(row.start_at),
    createTime: time(row.created_at),
    updateTime: time(row.updated_at),
    endTime: time(row.ended_at),
    cancelTime: time(row.cancelled_at),
  };
}
