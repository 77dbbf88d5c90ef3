import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import { EndpointServiceDefinition } from '@weft/proto/notification/v1/endpoint';
import {
  Channel,
  NotificationServiceDefinition,
  NotificationState,
} from '@weft/proto/notification/v1/notification';
import { transact } from '../../../kit/database/transact.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { addNotification } from '../notifications/addNotification.ts';
import { createEndpoint } from '../testing/createEndpoint.ts';
import { openNotification, type TestNotification } from '../testing/openNotification.ts';
import { WebServer } from '../testing/WebServer.ts';
import { webSettings } from '../testing/webSettings.ts';

const postgres = usePostgres();
let folder: string;
let server: WebServer;
let opened: TestNotification;
/** Of the same database, without a network of its own that endpoints may be in. */
let strict: TestNotification;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-notification-'));
  server = await WebServer.start();
  const url = await postgres.createDatabase();
  opened = await openNotification(url, await webSettings(server, folder));
  strict = await openNotification(url);
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const TEMPLATE = 'identity.email_changed';
const VARIABLES = { email: '<!channel> & ada', link: '', token: '' };

async function endpoint(channel: Channel, url = `${server.url}/hook`, by = opened) {
  const created = await createEndpoint(by, channel, url);
  assert.ok(!created.shownUrl.includes('hook'), 'the URL is as good as a password');
  return created;
}

async function tell(id: string, channel: string, variables: object = VARIABLES): Promise<string> {
  const { database, clock } = opened.notifications;
  const added = await transact(database, (transaction) =>
    addNotification(database, transaction, clock.now(), {
      ...{ category: 'account', critical: false, recipient: { endpoint_id: id } },
      ...{ template: TEMPLATE, variables: { ...variables }, channels: [channel] },
      ...{ event_subject: 'identity.user_email_changed', event_key: 'k' },
    }),
  );
  return added.id;
}

async function read(notificationId: string) {
  const { getNotification } = opened.handlers(NotificationServiceDefinition);
  const { notification, attempts = [] } = await getNotification(
    { notificationId },
    opened.context(),
  );
  return {
    ...{ state: notification?.state, reason: notification?.reason, tries: attempts.length },
    answer: attempts.at(-1)?.answer,
  };
}
const failed = (reason: string) => ({ state: NotificationState.FAILED, reason });

test('a receiver can tell that a message is ours, as it was sent, and no old one', async () => {
  const { id, secret } = await endpoint(Channel.WEBHOOK);
  server.answers.push({ status: 500 });
  const sent = await tell(id, 'WEBHOOK', { ...VARIABLES, event: { userId: 'u' } });
  await opened.deliverDue();
  opened.clock.advance(60_000);
  await opened.deliverDue();
  assert.equal((await read(sent)).state, NotificationState.DELIVERED);
  const [first, second] = server.requests;
  assert.equal(first?.body, second?.body);
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  assert.ok(key.length >= 24);
  for (const { headers, body } of server.requests) {
    const signed = `${sent}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signature}`);
  }
  const times = server.requests.map(({ headers }) => Number(headers['webhook-timestamp']));
  assert.equal((times[1] ?? 0) - (times[0] ?? 0), 60);
  const { type, data } = JSON.parse(first?.body ?? '{}');
  assert.deepEqual([type, data.event], ['identity.user_email_changed', { userId: 'u' }]);
});

test('nothing is sent to an address of the inside, whatever name or redirect leads there', async () => {
  for (const host of [
    ...['169.254.169.254', '127.0.0.1', '10.0.0.1', '[::1]', '[fe80::1]', '[fd00::1]', '0.0.0.0'],
    ...['[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '[64:ff9b::7f00:1]'],
  ]) {
    const url = `http://${host}:${server.port}/hook`;
    const create = async () => createEndpoint(strict, Channel.WEBHOOK, url);
    assert.equal(await create().then(() => 'created', errorReason), 'ADDRESS_FORBIDDEN', host);
  }
  // A name passes until it is known what it stands for.
  const named = await endpoint(Channel.WEBHOOK, `http://localhost:${server.port}/hook`, strict);
  const sent = await tell(named.id, 'WEBHOOK');
  await strict.deliverDue();
  const { state, reason } = await read(sent);
  assert.deepEqual({ state, reason }, failed('ADDRESS_FORBIDDEN'));
  assert.equal(server.requests.length, 0);

  const redirecting = await endpoint(Channel.WEBHOOK);
  server.answer = () => ({
    ...{ status: 307, headers: { location: `${server.url}/inside` } },
  });
  const redirected = await tell(redirecting.id, 'WEBHOOK');
  await opened.deliverDue();
  assert.equal((await read(redirected)).reason, 'REDIRECTED');
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/hook'],
  );
});

test('Slack is told in its own form, and waited for as it says', async () => {
  const { id } = await endpoint(Channel.SLACK);
  server.answers.push({ status: 429, headers: { 'retry-after': '30' } });
  const { sendSlack } = opened.handlers(NotificationServiceDefinition);
  const request = { endpointId: id, template: TEMPLATE, variables: VARIABLES, locale: '' };
  const { notification } = await sendSlack(request, opened.context());
  await opened.deliverDue();
  opened.clock.advance(29_000);
  await opened.deliverDue();
  assert.equal(server.requests.length, 1);
  opened.clock.advance(1_000);
  await opened.deliverDue();
  assert.equal((await read(notification?.notificationId ?? '')).answer, '200 ok');
  const { text, blocks } = JSON.parse(server.requests[1]?.body ?? '{}');
  assert.match(text, /^Your account has another address\n/);
  assert.ok(!text.includes('<!channel>') && text.includes('&lt;!channel&gt; &amp; ada'));
  assert.deepEqual(
    blocks.map(({ type }: { type: string }) => type),
    ['header', 'section'],
  );
  server.answer = () => ({ status: 404, body: 'no_service' });
  const gone = await tell(id, 'SLACK');
  await opened.deliverDue();
  assert.deepEqual(await read(gone), {
    ...{ ...failed('ENDPOINT_REFUSED'), tries: 1, answer: '404 no_service' },
  });
});

test('Discord is told in its own form, mentions nobody, and is waited for as it says', async () => {
  const { id } = await endpoint(Channel.DISCORD);
  server.answers.push({
    status: 429,
    body: '{"message": "slow", "retry_after": 2.5, "global": false}',
  });
  server.answer = () => ({ status: 204 });
  const sent = await tell(id, 'DISCORD', { ...VARIABLES, email: 'x'.repeat(5_000) });
  await opened.deliverDue();
  opened.clock.advance(2_500);
  await opened.deliverDue();
  assert.equal((await read(sent)).state, NotificationState.DELIVERED);
  const { embeds, allowed_mentions: mentions } = JSON.parse(server.requests[1]?.body ?? '{}');
  assert.deepEqual(mentions, { parse: [] });
  assert.equal(embeds[0].description.length, 4_096);
  const { sendSlack } = opened.handlers(NotificationServiceDefinition);
  const request = { endpointId: id, template: TEMPLATE, variables: VARIABLES, locale: '' };
  await assert.rejects(async () => sendSlack(request, opened.context()), /none of Slack/);
});

test('a text message goes out by the interface of the provider', async () => {
  const { sendSms } = opened.handlers(NotificationServiceDefinition);
  const request = { phone: '+4915112345678', template: TEMPLATE, variables: VARIABLES, locale: '' };
  server.answers.push({ status: 201, body: '{"sid": "SM1", "status": "queued"}' });
  const { notification } = await sendSms(request, opened.context());
  await opened.deliverDue();
  assert.match((await read(notification?.notificationId ?? '')).answer ?? '', /"sid": "SM1"/);
  const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = server.requests;
  assert.equal(path, '/2010-04-01/Accounts/AC1/Messages.json');
  assert.equal(headers.authorization, `Basic ${Buffer.from('AC1:sms-token').toString('base64')}`);
  const form = new URLSearchParams(body);
  assert.deepEqual([form.get('To'), form.get('From')], ['+4915112345678', '+15005550006']);
  assert.match(form.get('Body') ?? '', /^The address of your account/);
  server.answers.push({ status: 400, body: '{"code": 21211, "message": "invalid To"}' });
  const second = await sendSms({ ...request, locale: 'de' }, opened.context());
  await opened.deliverDue();
  assert.equal((await read(second.notification?.notificationId ?? '')).reason, 'ENDPOINT_REFUSED');
});

test('what is to go to an endpoint that was deleted is not sent', async () => {
  const { id } = await endpoint(Channel.WEBHOOK);
  const sent = await tell(id, 'WEBHOOK');
  const { deleteEndpoint } = opened.handlers(EndpointServiceDefinition);
  await deleteEndpoint({ endpointId: id }, opened.context());
  await opened.deliverDue();
  assert.equal((await read(sent)).state, NotificationState.SUPPRESSED);
  assert.equal(server.requests.length, 0);
  await assert.rejects(
    async () => endpoint(Channel.WEBHOOK, 'ftp://example.org/hook'),
    /must be an http or https URL/,
  );
});
