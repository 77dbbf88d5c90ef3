import assert from 'node:assert/strict';
import { createHmac, randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { Channel } from '@weft/proto/notification/v1/notification';
import { query } from '../../../kit/testing/query.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { createEndpoint } from '../testing/createEndpoint.ts';
import { openNotification, type TestNotification } from '../testing/openNotification.ts';
import { outgoingMessage } from '../testing/outgoingMessage.ts';
import { WebServer } from '../testing/WebServer.ts';
import { sealTargets } from './EndpointTarget.ts';

const postgres = usePostgres();
let url: string;
let server: WebServer;
let opened: TestNotification;
beforeEach(async () => {
  server = await WebServer.start();
  url = await postgres.createDatabase();
  opened = await openNotification(url, { NOTIFICATION_PRIVATE_NETWORKS: '127.0.0.1/32' });
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const create = (channel: Channel, key: string) =>
  createEndpoint(opened, channel, `${server.url}/services/T0/B0/of-slack`, key);

const send = (channel: string, recipient = '') =>
  opened.notifications.transports
    .get(channel)
    ?.send(outgoingMessage({ recipient }), AbortSignal.timeout(10_000));

/** All that a table has, bytes as the characters that they are. */
async function dump(table: string): Promise<string> {
  const rows = await query(url, `select * from ${table}`);
  assert.ok(rows.length > 0, table);
  return rows
    .flatMap((row) => Object.values(row))
    .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n');
}

function isSignedBy(secret: string, { headers, body } = server.requests.at(-1) ?? never()) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = createHmac('sha256', key).update(signed).digest('base64');
  return headers['webhook-signature'] === `v1,${signature}`;
}
const never = () => assert.fail('nothing was sent');

test('who reads the database can neither post to an endpoint nor sign in our name', async () => {
  await create(Channel.SLACK, 'slack');
  const { id, secret } = await create(Channel.WEBHOOK, 'webhook');
  assert.match(secret, /^whsec_.{40}/);
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64').toString('latin1');
  const kept = (await dump('endpoint')) + (await dump('weft.idempotency_key'));
  for (const plain of ['of-slack', secret, secret.slice('whsec_'.length), bytes]) {
    assert.ok(!kept.includes(plain), plain);
  }
  const again = await create(Channel.WEBHOOK, 'webhook');
  assert.equal(again.secret, secret, 'who got no answer asks again');
  assert.equal(again.id, id);
  await send('WEBHOOK', id);
  assert.ok(isSignedBy(secret));
});

test('what is sealed for one endpoint opens for no other', async () => {
  const one = await create(Channel.WEBHOOK, 'one');
  const other = await create(Channel.WEBHOOK, 'other');
  const { database } = opened.notifications;
  await database
    .updateTable('endpoint')
    .set(({ selectFrom }) => ({
      sealed: selectFrom('endpoint').select('sealed').where('id', '=', one.id),
    }))
    .where('id', '=', other.id)
    .execute();
  await assert.rejects(async () => send('WEBHOOK', other.id), /authenticate/);
  assert.equal(server.requests.length, 0);
});

test('what an earlier version has written in the clear works, and is sealed at the next start', async () => {
  const { database, secret } = opened.notifications;
  const [id, key] = [randomUUIDv7(), Buffer.alloc(32, 'k')];
  await database
    .insertInto('endpoint')
    .values({
      ...{ id, channel: 'WEBHOOK', display_name: 'old', created_at: new Date() },
      ...{ url: `${server.url}/old-hook`, secret: key },
    })
    .execute();
  const works = async () => {
    await send('WEBHOOK', id);
    assert.equal(server.requests.at(-1)?.path, '/old-hook');
    assert.ok(isSignedBy(key.toString('base64')));
  };
  await works();
  await sealTargets(database, secret);
  const kept = await dump('endpoint');
  assert.ok(!kept.includes('old-hook') && !kept.includes(key.toString('latin1')));
  await works();
  assert.equal(server.requests.length, 2);
});
