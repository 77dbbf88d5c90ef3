import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '@weft/mesh/testing/eventually';
import { Channel } from '@weft/proto/notification/v1/notification';
import { transact } from '../../../kit/database/transact.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { addNotification, type NewNotification } from '../notifications/addNotification.ts';
import { createEndpoint } from '../testing/createEndpoint.ts';
import { DrippingMailServer } from '../testing/DrippingMailServer.ts';
import { openNotification, type TestNotification, userOf } from '../testing/openNotification.ts';
import { WebServer } from '../testing/WebServer.ts';
import { webSettings } from '../testing/webSettings.ts';
import { Dispatcher } from './Dispatcher.ts';

const postgres = usePostgres();
let folder: string;
let mailServer: DrippingMailServer;
let webServer: WebServer;
let opened: TestNotification;
let stop: AbortController;
let running: Promise<void>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-notification-'));
  mailServer = await DrippingMailServer.start();
  webServer = await WebServer.start();
  opened = await openNotification(await postgres.createDatabase(), {
    NOTIFICATION_SMTP_URL: mailServer.url,
    ...(await webSettings(webServer, folder)),
  });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await mailServer[Symbol.asyncDispose]();
  await webServer[Symbol.asyncDispose]();
  await running;
  await opened[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const start = () => {
  running = new Dispatcher(opened.notifications).run(stop.signal);
};

const endpoint = async (channel: Channel, path: string) =>
  (await createEndpoint(opened, channel, webServer.url + path)).id;

async function tell(channel: string, recipient: NewNotification['recipient']): Promise<void> {
  const { database, clock } = opened.notifications;
  // Each is due before the next.
  opened.clock.advance(1);
  await transact(database, (transaction) =>
    addNotification(database, transaction, clock.now(), {
      ...{ category: 'account', critical: true, recipient, channels: [channel] },
      ...{ template: 'identity.email_changed', variables: { email: '', link: '', token: '' } },
    }),
  );
}

/** How many of each channel have come to a state, such as "SMS DELIVERED". */
async function states(): Promise<string[]> {
  const rows = await opened.notifications.database
    .selectFrom('notification')
    .select(['channels', 'state'])
    .execute();
  return rows.map(({ channels: [channel], state }) => `${channel} ${state}`).sort();
}

test('a mail server that hangs keeps no message of another channel waiting', async () => {
  const userId = randomUUIDv7();
  opened.users.set(userId, userOf(userId, 'ada@example.org'));
  for (let count = 0; count < 20; count += 1) await tell('EMAIL', { email: 'ada@example.org' });
  start();
  await eventually(async () => mailServer.connections.size >= 8);
  await tell('SLACK', { endpoint_id: await endpoint(Channel.SLACK, '/slack') });
  await tell('WEBHOOK', { endpoint_id: await endpoint(Channel.WEBHOOK, '/hook') });
  await tell('SMS', { phone: '+4915112345678' });
  await tell('IN_APP', { user_id: userId });
  await eventually(
    async () => (await states()).filter((state) => state.endsWith('DELIVERED')).length === 4,
    20_000,
  );
  assert.deepEqual((await states()).slice(0, 20), Array(20).fill('EMAIL PENDING'));
  const ended = await opened.notifications.database
    .selectFrom('attempt')
    .select('channel')
    .where('ended_at', 'is not', null)
    .execute();
  assert.deepEqual(ended.map(({ channel }) => channel).sort(), [
    ...['IN_APP', 'SLACK', 'SMS', 'WEBHOOK'],
  ]);
});

test('an endpoint that hangs keeps no other one waiting', async () => {
  const answering = Promise.withResolvers<void>();
  webServer.answer = async ({ path }) => {
    if (path === '/slow') await answering.promise;
    return { status: 200 };
  };
  const [slow, quick] = [
    await endpoint(Channel.WEBHOOK, '/slow'),
    await endpoint(Channel.WEBHOOK, '/quick'),
  ];
  for (let count = 0; count < 20; count += 1) await tell('WEBHOOK', { endpoint_id: slow });
  start();
  const told = (path: string) => webServer.requests.filter((each) => each.path === path).length;
  await eventually(async () => told('/slow') > 0);
  for (let count = 0; count < 3; count += 1) await tell('WEBHOOK', { endpoint_id: quick });
  await eventually(async () => told('/quick') === 3, 20_000);
  assert.equal(told('/slow'), 1);
  answering.resolve();
  await eventually(async () => told('/slow') === 20, 20_000);
  const delivered = Array(23).fill('WEBHOOK DELIVERED');
  await eventually(async () => String(await states()) === String(delivered), 20_000);
});
