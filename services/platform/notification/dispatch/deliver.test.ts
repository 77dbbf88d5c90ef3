import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { MailKind } from '@weft/proto/identity/v1/mail';
import {
  AttemptOutcome,
  NotificationServiceDefinition,
  NotificationState,
} from '@weft/proto/notification/v1/notification';
import { transact } from '../../../kit/database/transact.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { addNotification } from '../notifications/addNotification.ts';
import { MailServer } from '../testing/MailServer.ts';
import {
  mailOf,
  openNotification,
  type TestNotification,
  userOf,
} from '../testing/openNotification.ts';
import { CLAIM_MS, claimDue } from './claim.ts';
import { deliver } from './deliver.ts';
import { Lanes } from './Lanes.ts';

const postgres = usePostgres();
let server: MailServer;
let opened: TestNotification;
beforeEach(async () => {
  server = await MailServer.start();
  opened = await openNotification(await postgres.createDatabase(), {
    NOTIFICATION_SMTP_URL: server.url,
    NOTIFICATION_EMAIL_FROM: 'Weft <no-reply@weft.example>',
    NOTIFICATION_PUBLIC_URL: 'https://weft.example',
  });
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const TOKEN = 'a-token_of.verification';

/** As identity's event has one sent. */
async function request(kind: MailKind, token = ''): Promise<string> {
  const mailId = randomUUIDv7();
  opened.mails.set(mailId, mailOf({ mailId, kind, email: 'ada@example.org', token }));
  const { database, clock } = opened.notifications;
  const { id } = await transact(database, (transaction) =>
    addNotification(database, transaction, clock.now(), {
      ...{ category: 'account', critical: true, recipient: { mail_id: mailId } },
      ...{ template: 'identity', variables: {}, channels: ['EMAIL'] },
    }),
  );
  return id;
}

async function read(notificationId: string) {
  const { getNotification } = opened.handlers(NotificationServiceDefinition);
  const { notification, attempts, decisions } = await getNotification(
    { notificationId },
    opened.context(),
  );
  return {
    ...{ state: notification?.state, reason: notification?.reason },
    outcomes: attempts?.map(({ outcome }) => outcome),
    decided: decisions?.map(({ reason }) => reason),
  };
}

test('who registers gets the link to his account by mail, and nothing of it is kept', async () => {
  const id = await request(MailKind.VERIFY_EMAIL, TOKEN);
  await opened.deliverDue();
  const [mail] = server.mails;
  assert.deepEqual(mail?.recipients, ['ada@example.org']);
  assert.equal(mail?.messageId, `<${id}@weft.example>`);
  assert.equal(mail?.from?.text, '"Weft" <no-reply@weft.example>');
  assert.equal(mail?.subject, 'Confirm your e-mail address');
  assert.ok(mail?.text?.includes(`https://weft.example/v1/auth/verify-email/${TOKEN}\n`));
  assert.deepEqual(await read(id), {
    ...{ state: NotificationState.DELIVERED, reason: '' },
    ...{ outcomes: [AttemptOutcome.ACCEPTED], decided: ['DELIVERED'] },
  });
  const { database } = opened.notifications;
  const kept = JSON.stringify([
    await database.selectFrom('notification').selectAll().execute(),
    await database.selectFrom('attempt').selectAll().execute(),
  ]);
  assert.ok(!kept.includes(TOKEN) && !kept.includes('ada@'), kept);
});

test('every mail that identity asks for can be made', async () => {
  const kinds = Object.values(MailKind).filter((kind) => kind !== MailKind.UNSPECIFIED);
  for (const kind of kinds) await request(kind, TOKEN);
  await opened.deliverDue();
  assert.equal(server.mails.length, kinds.length);
  assert.ok(kinds.length >= 10);
});

test('a mail that the server does not take now goes out later, with the same Message-ID', async () => {
  const id = await request(MailKind.PASSWORD_CHANGED);
  server.answers.push(451, 421);
  await opened.deliverDue();
  assert.equal((await read(id)).state, NotificationState.PENDING);
  for (let minute = 0; minute < 2; minute += 1) {
    opened.clock.advance(60_000);
    await opened.deliverDue();
  }
  assert.deepEqual((await read(id)).outcomes, [
    ...[AttemptOutcome.DEFERRED, AttemptOutcome.DEFERRED, AttemptOutcome.ACCEPTED],
  ]);
  assert.deepEqual(
    server.mails.map(({ messageId }) => messageId),
    [`<${id}@weft.example>`],
  );
});

test('an address that there is not ends it, and an operator has it tried again', async () => {
  server.unknown.add('ada@example.org');
  const id = await request(MailKind.PASSWORD_CHANGED);
  await opened.deliverDue();
  const failed = await read(id);
  assert.equal(failed.state, NotificationState.FAILED);
  assert.equal(failed.reason, 'RECIPIENT_REFUSED');
  const service = opened.handlers(NotificationServiceDefinition);
  const found = await service.listNotifications(
    {
      ...{ pageSize: 10, pageToken: '', state: NotificationState.FAILED },
      ...{ userId: '', eventSubject: '', eventKey: '' },
    },
    opened.context(),
  );
  assert.deepEqual(
    found.notifications?.map(({ notificationId }) => notificationId),
    [id],
  );
  server.unknown.clear();
  const replay = async () => service.replayNotification({ notificationId: id }, opened.context());
  await replay();
  await opened.deliverDue();
  const replayed = await read(id);
  assert.equal(replayed.state, NotificationState.DELIVERED);
  assert.deepEqual(replayed.decided, ['RECIPIENT_REFUSED', 'REPLAYED', 'DELIVERED']);
  await assert.rejects(replay, /only what has failed/);
  assert.equal(server.mails.length, 1);
});

test('a mail whose link is over is not sent', async () => {
  const id = await request(MailKind.RESET_PASSWORD, TOKEN);
  opened.mails.clear();
  await opened.deliverDue();
  assert.deepEqual(await read(id), {
    ...{ state: NotificationState.EXPIRED, reason: 'MAIL_EXPIRED' },
    ...{ outcomes: [], decided: ['MAIL_EXPIRED'] },
  });
});

test('a server that never takes it is asked for a day', async () => {
  server.answers.push(...Array<number>(500).fill(451));
  const id = await request(MailKind.PASSWORD_CHANGED);
  const begin = opened.clock.now().getTime();
  while ((await read(id)).state === NotificationState.PENDING) {
    opened.clock.advance(20 * 60_000);
    await opened.deliverDue();
  }
  assert.equal((await read(id)).reason, 'GIVEN_UP');
  assert.ok(opened.clock.now().getTime() - begin >= 24 * 3_600_000);
});

test('of a process that stands still and the one that took over, one ends a notification', async () => {
  const id = await request(MailKind.PASSWORD_CHANGED);
  const { database } = opened.notifications;
  const [late] = await claimDue(database, opened.clock.now(), new Lanes().room());
  assert.deepEqual(
    await claimDue(database, opened.clock.now(), new Lanes().room()),
    [],
    'nobody else has it',
  );
  opened.clock.advance(CLAIM_MS);
  await opened.deliverDue();
  assert.equal((await read(id)).state, NotificationState.DELIVERED);
  if (late) await deliver(opened.notifications, late);
  assert.equal(server.mails.length, 1);
  assert.deepEqual((await read(id)).decided, ['DELIVERED']);
});

test('what many instances look for at the same time is sent once', async () => {
  for (let count = 0; count < 20; count += 1) await request(MailKind.PASSWORD_CHANGED);
  await Promise.all(Array.from({ length: 4 }, () => opened.deliverDue()));
  assert.equal(server.mails.length, 20);
  assert.equal(new Set(server.mails.map(({ messageId }) => messageId)).size, 20);
});

test('a service has a user told by mail, once for its key, and mistakes are refused before anything is sent', async () => {
  const userId = randomUUIDv7();
  opened.users.set(userId, userOf(userId, 'grace@example.org'));
  const { sendEmail } = opened.handlers(NotificationServiceDefinition);
  const send = async (template: string, variables: object) => {
    const context = opened.context();
    context.metadata.set('idempotency-key', `key of ${template}`.replaceAll(' ', '-'));
    const recipient = { $case: 'userId' as const, value: userId };
    const rest = { locale: 'de-AT', category: 'account', critical: false };
    return sendEmail({ recipient, template, variables, ...rest }, context);
  };
  await assert.rejects(() => send('identity.nothing', {}), /TEMPLATE_UNKNOWN|no template/);
  await assert.rejects(() => send('identity.verify_email', {}), /undefined variable/);
  const variables = { email: 'grace@example.org', link: '', token: '' };
  const [one, two] = [
    await send('identity.email_changed', variables),
    await send('identity.email_changed', variables),
  ];
  assert.equal(one.notification?.notificationId, two.notification?.notificationId);
  await opened.deliverDue();
  assert.deepEqual(
    server.mails.map(({ recipients, subject }) => [recipients, subject]),
    [[['grace@example.org'], 'Ihr Konto hat eine andere Adresse']],
  );
});
