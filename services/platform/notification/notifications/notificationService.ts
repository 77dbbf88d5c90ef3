import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import {
  type NotificationServiceDefinition,
  NotificationState,
} from '@weft/proto/notification/v1/notification';
import { sql } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { transact } from '../../../kit/database/transact.ts';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { giveUpAt } from '../dispatch/retries.ts';
import type { Notifications } from '../Notifications.ts';
import { announceDue } from './announceDue.ts';
import {
  describeAttempt,
  describeDecisions,
  describeNotification,
} from './describeNotification.ts';
import { sendMethods } from './sendMethods.ts';

/** The methods of notification.v1.NotificationService. */
export function notificationService(
  notifications: Notifications,
): HandlersOf<NotificationServiceDefinition> {
  const { database, clock } = notifications;
  const read = async (id: string) => {
    const row = await database
      .selectFrom('notification')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw new RpcError(Status.NOT_FOUND, `there is no notification ${id}`);
    return row;
  };

  return {
    ...sendMethods(notifications),

    async getNotification({ notificationId }) {
      const row = await read(notificationId);
      const attempts = await database
        .selectFrom('attempt')
        .selectAll()
        .where('notification_id', '=', notificationId)
        .orderBy('number')
        .execute();
      return {
        notification: describeNotification(row),
        attempts: attempts.map(describeAttempt),
        decisions: describeDecisions(row),
      };
    },

    async listNotifications({ state, userId, eventSubject, eventKey, ...page }) {
      const [stateName] =
        Object.entries(NotificationState).find(([, value]) => value === state) ?? [];
      const { rows, nextPageToken } = await readPageById(
        page,
        ['notifications', state, userId, eventSubject, eventKey],
        database
          .selectFrom('notification')
          .selectAll()
          .$if(state !== 0, (query) => query.where('state', '=', stateName ?? ''))
          .$if(userId !== '', (query) => query.where('user_id', '=', userId))
          .$if(eventSubject !== '', (query) => query.where('event_subject', '=', eventSubject))
          .$if(eventKey !== '', (query) => query.where('event_key', '=', eventKey)),
      );
      return { notifications: rows.map(describeNotification), nextPageToken };
    },

    async replayNotification({ notificationId }) {
      const now = clock.now();
      const decision = JSON.stringify([
        { time: now.toISOString(), reason: 'REPLAYED', description: 'it is tried again' },
      ]);
      const replayed = await transact(database, async (transaction) => {
        const row = await transaction
          .updateTable('notification')
          .set({
            ...{ state: 'PENDING', reason: '', due_at: now, ended_at: null, channel: 0, tries: 0 },
            ...{ give_up_at: giveUpAt(now), digest_at: null },
            decisions: sql`decisions || ${decision}::jsonb`,
          })
          .where('id', '=', notificationId)
          .where('state', '=', 'FAILED')
          .returningAll()
          .executeTakeFirst();
        announceDue(database, transaction);
        return row;
      });
      if (replayed) return { notification: describeNotification(replayed) };
      await read(notificationId);
      throw failedPrecondition('NOT_FAILED', 'only what has failed is replayed');
    },
  };
}
