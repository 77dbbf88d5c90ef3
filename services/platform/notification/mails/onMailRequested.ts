import { MailRequested } from '@weft/proto/identity/v1/events';
import type { Kysely } from 'kysely';
import { systemClock } from '../../../kit/Clock.ts';
import { type Consumer, on } from '../../../kit/events/on.ts';
import type { DB } from '../database.ts';
import { addNotification } from '../notifications/addNotification.ts';

/**
 * Has each mail that identity asks for sent, whatever its recipient prefers: accounts are kept by them. The event has no
 * address and no link, and so has what is written here.
 */
export function onMailRequested(database: Kysely<DB>): Consumer<DB> {
  return on<MailRequested, DB>(
    MailRequested,
    async ({ mailId }, { transaction, key }) => {
      await addNotification(database, transaction, systemClock.now(), {
        ...{ category: 'account', critical: true, recipient: { mail_id: mailId } },
        ...{ event_subject: 'identity.mail_requested', event_key: key },
        ...{ template: 'identity', variables: {}, channels: ['EMAIL'] },
      });
    },
    { keepsOrder: false },
  );
}
