import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import {
  Channel,
  NotificationServiceDefinition,
  NotificationState,
} from '@weft/proto/notification/v1/notification';
import {
  DeliveryMode,
  PreferenceServiceDefinition,
  type Preferences,
  Preferences as PreferencesMessage,
} from '@weft/proto/notification/v1/preference';
import { transact } from '../../../kit/database/transact.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { addNotification } from '../notifications/addNotification.ts';
import { MailServer } from '../testing/MailServer.ts';
import { openNotification, type TestNotification, userOf } from '../testing/openNotification.ts';

const postgres = usePostgres();
let server: MailServer;
let opened: TestNotification;
let userId: string;
beforeEach(async () => {
  server = await MailServer.start();
  opened = await openNotification(await postgres.createDatabase(), {
    NOTIFICATION_SMTP_URL: server.url,
  });
  userId = randomUUIDv7();
  opened.users.set(userId, userOf(userId, 'ada@example.org', 'Ada'));
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const service = () => opened.handlers(PreferenceServiceDefinition);
const set = async (change: Partial<Preferences>, by = opened.context(userId)) =>
  service().updatePreferences(
    {
      preferences: { ...PreferencesMessage.create(), userId: 'me', ...change },
      updateMask: undefined,
    },
    by,
  );

async function tell(channels: string[], more: { category?: string; critical?: boolean } = {}) {
  const { database, clock } = opened.notifications;
  const { id } = await transact(database, (transaction) =>
    addNotification(database, transaction, clock.now(), {
      ...{ category: 'news', critical: false, recipient: { user_id: userId }, channels, ...more },
      ...{ template: 'identity.password_changed', variables: { email: 'ada@example.org' } },
    }),
  );
  await opened.deliverDue();
  return id;
}

async function read(notificationId: string) {
  const { getNotification } = opened.handlers(NotificationServiceDefinition);
  const { notification, decisions = [] } = await getNotification(
    { notificationId },
    opened.context(),
  );
  return { state: notification?.state, decided: decisions.map(({ reason }) => reason) };
}
const OFF = { category: 'news', channel: Channel.EMAIL, mode: DeliveryMode.OFF };

test('a user says how he is told, in his language, and nobody says it for him', async () => {
  const { preferences } = await set({ locale: 'de', timeZone: 'Europe/Berlin' });
  assert.equal(preferences?.digestTime, '08:00');
  await tell(['EMAIL']);
  assert.equal(server.mails[0]?.subject, 'Ihr Passwort hat sich geändert');
  const read = await service().getPreferences({ userId: 'me' }, opened.context(userId));
  assert.deepEqual(read.preferences, preferences);
  const stranger = opened.context(randomUUIDv7());
  assert.equal(
    await set({ userId, locale: 'fr' }, stranger).then(() => '', errorReason),
    'NOT_OWNER',
  );
  assert.equal(
    await set({ etag: '"old"', locale: 'fr' }).then(() => '', errorReason),
    'ETAG_MISMATCH',
  );
  assert.equal(
    await set({ timeZone: 'Mars/Base' }).then(() => '', errorReason),
    'TIME_ZONE_UNKNOWN',
  );
});

test('what a user does not want is not sent, goes by the next channel, or goes out if it is critical', async () => {
  await set({ channels: [OFF] });
  assert.deepEqual(await read(await tell(['EMAIL'])), {
    ...{ state: NotificationState.SUPPRESSED, decided: ['PREFERENCE_OFF'] },
  });
  assert.deepEqual(await read(await tell(['EMAIL', 'IN_APP'])), {
    ...{ state: NotificationState.DELIVERED, decided: ['PREFERENCE_OFF', 'DELIVERED'] },
  });
  assert.equal(server.mails.length, 0);
  await tell(['EMAIL'], { critical: true });
  await tell(['EMAIL'], { category: 'account' });
  assert.equal(server.mails.length, 2);
});

test('what comes in quiet hours is sent at their end', async () => {
  await set({ timeZone: 'Europe/Berlin', quietHours: { start: '22:00', end: '07:00' } });
  opened.clock.set('2026-01-15T23:00:00Z');
  const id = await tell(['EMAIL']);
  assert.deepEqual((await read(id)).decided, ['QUIET_HOURS']);
  opened.clock.set('2026-01-16T05:59:00Z');
  await opened.deliverDue();
  assert.equal(server.mails.length, 0);
  opened.clock.set('2026-01-16T06:00:00Z');
  await opened.deliverDue();
  assert.deepEqual(await read(id), {
    ...{ state: NotificationState.DELIVERED, decided: ['QUIET_HOURS', 'DELIVERED'] },
  });
});

test('what is to come once a day comes in one mail, each once, also when it is not taken at first', async () => {
  await set({
    channels: [{ category: '', channel: Channel.EMAIL, mode: DeliveryMode.DAILY_DIGEST }],
  });
  const ids = [];
  for (let count = 0; count < 12; count += 1) ids.push(await tell(['EMAIL']));
  opened.clock.set('2026-01-01T08:00:00Z');
  server.answers.push(451);
  for (let step = 0; step < 10; step += 1) {
    await opened.deliverDue();
    opened.clock.advance(60_000);
  }
  assert.deepEqual(
    server.mails.map(({ subject, messageId }) => [subject, messageId]),
    [['12 new messages', `<${ids[0]}@localhost>`]],
  );
  for (const id of ids) {
    assert.deepEqual(await read(id), {
      ...{ state: NotificationState.DELIVERED, decided: ['DAILY_DIGEST', 'DELIVERED'] },
    });
  }
});

test('where a channel does not take it the next one does', async () => {
  server.unknown.add('ada@example.org');
  assert.deepEqual(await read(await tell(['EMAIL', 'IN_APP'])), {
    ...{ state: NotificationState.DELIVERED, decided: ['RECIPIENT_REFUSED', 'DELIVERED'] },
  });
});
