import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Channel } from '@weft/proto/notification/v1/notification';
import { crashAtPoints } from '../../kit/testing/crash/crashAtPoints.ts';
import { query } from '../../kit/testing/query.ts';
import { usePostgres } from '../../kit/testing/usePostgres.ts';
import { createEndpoint } from './testing/createEndpoint.ts';
import type { DeliverySetting } from './testing/deliveryScenario.ts';
import { MailServer } from './testing/MailServer.ts';
import { openNotification } from './testing/openNotification.ts';
import { WebServer } from './testing/WebServer.ts';
import { webSettings } from './testing/webSettings.ts';

const postgres = usePostgres();
const script = fileURLToPath(new URL('testing/deliveryScenario.ts', import.meta.url));

/** What becomes of each in the end, by keys. */
const ENDS: Readonly<Record<string, string>> = {
  ...{ mail1: 'DELIVERED', mail2: 'DELIVERED', mail3: 'DELIVERED', noAddress: 'FAILED' },
  ...{ webhook: 'DELIVERED', gone: 'SUPPRESSED', fallback: 'DELIVERED' },
  ...{ text: 'DELIVERED', inApp: 'DELIVERED' },
};

interface Ended {
  readonly key: string;
  readonly decided: readonly string[];
  readonly claims: number;
}

test('wherever notification is killed, each message has one end, none is lost, and who can tell has each once', async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'weft-notification-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const mailServer = cleanup.use(await MailServer.start());
  const webServer = cleanup.use(await WebServer.start());
  mailServer.unknown.add('nobody@example.org');
  webServer.answer = () => ({ status: 201 });
  const environment = {
    NOTIFICATION_SMTP_URL: mailServer.url,
    ...(await webSettings(webServer, folder)),
  };

  const steps = await crashAtPoints<DeliverySetting>({
    script,
    points: 4,
    async prepare() {
      mailServer.mails.length = 0;
      webServer.requests.length = 0;
      const databaseUrl = await postgres.createDatabase();
      await using opened = await openNotification(databaseUrl, environment);
      const { id: hook } = await createEndpoint(opened, Channel.WEBHOOK, `${webServer.url}/hook`);
      const userId = randomUUIDv7();
      const email = { recipient: { email: 'ada@example.org' }, channels: ['EMAIL'] };
      return {
        ...{ databaseUrl, environment, userId },
        told: {
          ...{ mail1: email, mail2: email, mail3: email },
          noAddress: { recipient: { email: 'nobody@example.org' }, channels: ['EMAIL'] },
          webhook: { recipient: { endpoint_id: hook }, channels: ['WEBHOOK'] },
          gone: { recipient: { endpoint_id: randomUUIDv7() }, channels: ['WEBHOOK'] },
          // His account has no address.
          fallback: { recipient: { user_id: userId }, channels: ['EMAIL', 'IN_APP'] },
          text: { recipient: { phone: '+4915112345678' }, channels: ['SMS'] },
          inApp: { recipient: { user_id: userId }, channels: ['IN_APP'] },
        },
      };
    },
    async check({ databaseUrl }) {
      const rows = await query(
        databaseUrl,
        `select id::text, event_key as key, state, claims,
           (select array_agg(value ->> 'reason') from jsonb_array_elements(decisions)) as decided
         from notification`,
      );
      const ends = Object.fromEntries(rows.map(({ key, state }) => [key, state]));
      assert.deepEqual(ends, ENDS);
      const idOf = new Map(rows.map(({ key, id }) => [key, id]));
      for (const { key, decided, claims } of rows as unknown as readonly Ended[]) {
        const decisions = key === 'fallback' ? 2 : 1;
        assert.equal(decided.length, decisions, `${key}: ${decided}`);
        assert.ok(claims <= 1 + decisions, `${key} was taken ${claims} times`);
      }
      // By what each receiver knows a message again, there is one; nobody is told more often than there were processes.
      const once = (what: string, seen: readonly unknown[], keys: readonly string[]) => {
        assert.deepEqual([...new Set(seen)].sort(), keys.map((key) => idOf.get(key)).sort(), what);
        for (const id of new Set(seen)) {
          const copies = seen.filter((each) => each === id).length;
          assert.ok(copies <= 2, `${what} ${id} came ${copies} times`);
        }
      };
      const mails = mailServer.mails.map(({ messageId }) => /<([^@]*)/.exec(messageId ?? '')?.[1]);
      once('mail', mails, ['mail1', 'mail2', 'mail3']);
      const hooks = webServer.requests.filter(({ path }) => path === '/hook');
      once(
        'webhook',
        hooks.map(({ headers }) => headers['webhook-id']),
        ['webhook'],
      );
      const texts = webServer.requests.filter(({ path }) => path.endsWith('/Messages.json'));
      assert.ok(texts.length === 1 || texts.length === 2, `${texts.length} text messages`);
      const items = await query(databaseUrl, 'select id::text from inbox_item order by id');
      assert.deepEqual(
        items.map(({ id }) => id),
        [idOf.get('fallback'), idOf.get('inApp')].sort(),
      );
    },
  });
  assert.ok(steps.length > 1, `killed at ${steps.length} steps`);
});
