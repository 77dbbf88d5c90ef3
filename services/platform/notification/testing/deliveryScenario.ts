/** A scenario: what many are to be told goes out by every channel, and comes to its end. */
import type { Kysely } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { runScenario } from '../../../kit/testing/crash/runScenario.ts';
import type { DB } from '../database.ts';
import { Dispatcher } from '../dispatch/Dispatcher.ts';
import { addNotification, type NewNotification } from '../notifications/addNotification.ts';
import { openNotification, userOf } from './openNotification.ts';

export interface DeliverySetting {
  readonly databaseUrl: string;
  /** How notification is configured. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who reads what he is told in the application. */
  readonly userId: string;
  /** What is to be told, by keys: to whom, and by which channels. */
  readonly told: Readonly<Record<string, Pick<NewNotification, 'recipient' | 'channels'>>>;
}

await runScenario<DeliverySetting>(async ({ databaseUrl, environment, userId, told }) => {
  await using opened = await openNotification(databaseUrl, environment);
  const { notifications, clock, users } = opened;
  const { database } = notifications;
  // Without an address.
  users.set(userId, userOf(userId, ''));
  // Who takes over does so when the claims of the one that has died are over.
  const { last } = await database
    .selectFrom('notification')
    .select(({ fn }) => fn.max('due_at').as('last'))
    .executeTakeFirstOrThrow();
  clock.set(new Date(Math.max(Date.now(), last?.getTime() ?? 0)));
  for (const [key, { recipient, channels }] of Object.entries(told)) {
    await transact(database, async (transaction) => {
      const added = await transaction
        .selectFrom('notification')
        .select('id')
        .where('event_key', '=', key)
        .executeTakeFirst();
      if (added) return;
      await addNotification(database, transaction, clock.now(), {
        ...{ category: 'account', critical: false, recipient, channels, event_key: key },
        ...{ template: 'identity.email_changed', variables: { email: '', link: '', token: '' } },
      });
    });
  }
  const stop = new AbortController();
  const running = new Dispatcher(notifications).run(stop.signal);
  while (await isPending(database)) await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort();
  await running;
});

async function isPending(database: Kysely<DB>): Promise<boolean> {
  const row = await database
    .selectFrom('notification')
    .select('id')
    .where('state', '=', 'PENDING')
    .executeTakeFirst();
  return row !== undefined;
}
