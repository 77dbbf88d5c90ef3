import { errorInfo, type Implementation, implement, RpcError, Status } from '@weft/mesh/runtime';
import {
  type DeadLetter,
  DeadLetterServiceDefinition,
  DeadLetterState,
} from '@weft/proto/weft/events/v1/dead_letters';
import { assertOperator } from '../assertOperator.ts';
import { Reason } from '../Reason.ts';
import { readPage } from '../readPage.ts';
import { timestampFromDate } from '../time.ts';
import type { DeadLetterRow, DeadLetters } from './DeadLetters.ts';

const STATES = {
  dead: DeadLetterState.DEAD,
  retrying: DeadLetterState.RETRYING,
  waiting: DeadLetterState.WAITING,
} as const;

/** What operators see of the events that a service could not handle, and can do about them: `weft events`. */
export function deadLetterService(letters: DeadLetters): Implementation {
  return implement(DeadLetterServiceDefinition, {
    async listDeadLetters({ pageSize, pageToken, type, key, parked }, context) {
      assertOperator(context);
      const { rows, nextPageToken } = await readPage<DeadLetterRow, number>(
        { pageSize, pageToken },
        {
          list: ['dead letters', type, key, String(parked)],
          type: 'number',
          read: (after, limit) => letters.list({ type, key }, parked, after, limit),
          positionOf: ({ id }) => id,
        },
      );
      return { deadLetters: rows.map(letterOf), nextPageToken };
    },

    async getDeadLetter({ id }, context) {
      assertOperator(context);
      const row = await letters.read(id);
      if (!row) throw notFound(id);
      return { deadLetter: letterOf(row), payload: row.payload };
    },

    async replayDeadLetters({ id, type, key }, context) {
      assertOperator(context);
      if (id === 0) return { replayed: await letters.replayAll({ type, key }) };
      if (!(await letters.replay(id))) throw notFound(id);
      return { replayed: 1 };
    },
  });
}

function notFound(id: number): RpcError {
  return new RpcError(
    Status.NOT_FOUND,
    `there is no dead letter ${id}, or it has been handled meanwhile`,
    { details: [errorInfo(Reason.DEAD_LETTER_NOT_FOUND, { id: String(id) })] },
  );
}

function letterOf({
  state,
  actor,
  written_at,
  parked_at,
  try_at,
  ...row
}: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    publisher: row.publisher,
    type: row.type,
    key: row.key,
    actor: actor ?? '',
    state: STATES[state],
    attempts: row.attempts,
    cause: row.cause,
    waiting: row.waiting,
    eventTime: timestampFromDate(written_at),
    parkTime: timestampFromDate(parked_at),
    retryTime: state === 'retrying' ? timestampFromDate(try_at) : undefined,
  };
}
