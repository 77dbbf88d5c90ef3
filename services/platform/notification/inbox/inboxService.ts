import { type CallContext, errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  InboxItem as InboxItemMessage,
  InboxServiceDefinition,
} from '@weft/proto/notification/v1/inbox';
import type { Selectable } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import type { InboxItem } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { type Inboxes, readUnread } from './Inboxes.ts';

/** The methods of notification.v1.InboxService. */
export function inboxService(
  { database, clock }: Pick<Notifications, 'database' | 'clock'>,
  inboxes: Inboxes,
): HandlersOf<InboxServiceDefinition> {
  return {
    async listInbox({ unreadOnly, ...request }, context) {
      const userId = userOf(context);
      const { rows, nextPageToken } = await readPageById(
        request,
        ['inbox', userId, String(unreadOnly)],
        database
          .selectFrom('inbox_item')
          .selectAll()
          .where('user_id', '=', userId)
          .$if(unreadOnly, (query) => query.where('read_at', 'is', null)),
      );
      const unreadCount = await readUnread(database, userId);
      return { items: rows.map(describe), nextPageToken, unreadCount };
    },

    async markRead({ itemIds, all }, context) {
      const userId = userOf(context);
      if (all || itemIds.length > 0) {
        await inboxes.markRead(userId, all ? undefined : itemIds, clock.now());
      }
      return { unreadCount: await readUnread(database, userId) };
    },

    async *watchInbox({ after }, context) {
      const userId = userOf(context);
      context.sendHeader();
      for await (const changes of inboxes.watch(userId, after, context.signal)) {
        const { items, unread, revision } = changes;
        yield { items: items.map(describe), unreadCount: unread, revision };
      }
    },
  };
}

function userOf({ principal }: CallContext): string {
  if (principal?.kind === 'user') return principal.subject;
  throw new RpcError(Status.UNAUTHENTICATED, 'this is for a user who is signed in', {
    details: [errorInfo('USER_REQUIRED')],
  });
}

function describe(row: Selectable<InboxItem>): InboxItemMessage {
  return {
    itemId: row.id,
    ...{ category: row.category, subject: row.subject, text: row.text },
    createTime: timestampFromDate(row.created_at),
    readTime: row.read_at ? timestampFromDate(row.read_at) : undefined,
  };
}
