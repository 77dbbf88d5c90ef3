import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { errorReason } from '@weft/mesh/runtime';
import { UserPasswordChanged, UserRegistered } from '@weft/proto/identity/v1/events';
import { PriceAlertFired } from '@weft/proto/market/v1/price_alert';
import { InboxServiceDefinition } from '@weft/proto/notification/v1/inbox';
import { Channel } from '@weft/proto/notification/v1/notification';
import { Rule, RuleServiceDefinition } from '@weft/proto/notification/v1/rule';
import { TemplateServiceDefinition } from '@weft/proto/notification/v1/template';
import { transact } from '../../../kit/database/transact.ts';
import { prepareHandler } from '../../../kit/events/runHandler.ts';
import { quietLog } from '../../../kit/testing/quietLog.ts';
import { usePostgres } from '../../../kit/testing/usePostgres.ts';
import { consumers } from '../events/consumers.ts';
import { openNotification, type TestNotification, userOf } from '../testing/openNotification.ts';

const postgres = usePostgres();
let opened: TestNotification;
let userId: string;
beforeEach(async () => {
  opened = await openNotification(await postgres.createDatabase());
  // What events make is due by the system's clock.
  opened.clock.set(new Date(Date.now() + 3_600_000));
  userId = randomUUIDv7();
  opened.users.set(userId, userOf(userId, 'ada@example.org', 'Ada'));
  await opened.handlers(TemplateServiceDefinition).createTemplate(
    {
      template: {
        ...{ name: 'welcome', version: 0, createTime: undefined },
        example: { event: { method: 'password' }, user: { displayName: 'Ada', email: '' } },
        texts: {
          en: {
            subject: 'Welcome',
            text: '{{ user.displayName }} by {{ event.method }}',
            html: '',
          },
        },
      },
    },
    opened.context(),
  );
});
afterEach(() => opened[Symbol.asyncDispose]());

const RULE: Rule = {
  ...Rule.create(),
  ...{ eventSubject: 'identity.user_registered', template: 'welcome', userField: 'user_id' },
  ...{ category: 'account', channels: [Channel.IN_APP] },
};
const service = () => opened.handlers(RuleServiceDefinition);
const create = async (rule: Partial<Rule>) => {
  const created = await service().createRule({ rule: { ...RULE, ...rule } }, opened.context());
  return created.rule as Rule;
};

/** As it comes from a stream. */
async function happens(type: string, payload: Uint8Array): Promise<void> {
  const { database, contracts, consumes } = opened.notifications;
  const consumer = consumers({ database, contracts, consumes }).find(
    (each) => each.type.$type === type,
  );
  assert.ok(consumer);
  const event = {
    type,
    key: userId,
    payload,
    trace: undefined,
    actor: undefined,
    time: new Date(),
  };
  const handling = await prepareHandler(consumer, [event]);
  await transact(database, (transaction) =>
    // None of these tells others.
    handling({ transaction, events: undefined as never, log: quietLog }),
  );
  await opened.deliverDue();
}
const registers = (method: string) =>
  happens(UserRegistered.$type, UserRegistered.encode({ userId, method }).finish());

async function inbox() {
  const { items = [] } = await opened
    .handlers(InboxServiceDefinition)
    .listInbox({ pageSize: 0, pageToken: '', unreadOnly: false }, opened.context(userId));
  return items.map(({ text }) => text);
}

async function explain(eventSubject = RULE.eventSubject) {
  const asked = { eventSubject, eventKey: userId };
  const { outcomes = [] } = await service().explainEvent(asked, opened.context());
  return outcomes.map(({ outcome }) => outcome);
}

test('an event is told to whom its rules say, if their condition holds, and it is known why not', async () => {
  await registers('google');
  assert.deepEqual(await explain(), ['NO_RULE']);
  await create({ condition: 'event.method == "password"' });
  await registers('google');
  await registers('password');
  assert.deepEqual(await explain(), ['NOTIFIED', 'CONDITION_FALSE', 'NO_RULE']);
  assert.deepEqual(await inbox(), ['Ada by password']);
  await happens(UserPasswordChanged.$type, UserPasswordChanged.encode({ userId }).finish());
  assert.deepEqual(await explain('identity.user_password_changed'), ['NO_RULE']);
});

test('a rule that could make nothing is refused', async () => {
  const refused = async (rule: Partial<Rule>) => create(rule).then(() => 'created', errorReason);
  assert.equal(await refused({ eventSubject: 'order.created' }), 'EVENT_UNKNOWN');
  assert.equal(await refused({ template: 'farewell' }), 'TEMPLATE_UNKNOWN');
  assert.equal(await refused({ userField: 'owner_id' }), 'FIELD_UNKNOWN');
  assert.equal(await refused({ condition: 'event.methd == "x"' }), 'VARIABLE_UNKNOWN');
  assert.equal(await refused({ condition: '(((' }), 'CONDITION_INVALID');
  assert.equal(await refused({ condition: 'true %}{% endif %}{% if true' }), 'CONDITION_INVALID');
  // Its event has no method, which the template names.
  assert.equal(
    await refused({ eventSubject: 'identity.user_password_changed' }),
    'VARIABLE_UNKNOWN',
  );
  assert.equal(await refused({ channels: [] }), 'FIELD_REQUIRED');
});

test('a rule that was changed or deleted makes what it says now, and nobody overwrites another', async () => {
  const rule = await create({});
  const update = async (change: Partial<Rule>, mask: string[]) =>
    service().updateRule({ rule: { ...RULE, ...change }, updateMask: mask }, opened.context());
  const { ruleId, etag } = rule;
  await update({ ruleId, etag, disabled: true }, ['disabled']);
  assert.equal(
    await update({ ruleId, etag, critical: true }, ['critical']).then(() => '', errorReason),
    'ETAG_MISMATCH',
  );
  await registers('password');
  await update({ ruleId, disabled: false }, ['disabled']);
  await registers('password');
  await service().deleteRule({ ruleId }, opened.context());
  await registers('password');
  assert.deepEqual(await explain(), ['NO_RULE', 'NOTIFIED', 'NO_RULE']);
  assert.deepEqual(await inbox(), ['Ada by password']);
});

test("a user's alert on a price is told him in words that come with the service", async () => {
  const name = 'analytics.price_alert_fired';
  await create({ eventSubject: name, template: name, category: 'prices' });
  const alert = { priceAlertId: userId, userId, product: 'WEFT', price: 4200.456 };
  const payload = PriceAlertFired.encode(PriceAlertFired.create(alert)).finish();
  await happens(PriceAlertFired.$type, payload);
  const [text] = await inbox();
  assert.match(text ?? '', /the price of WEFT has come to 4200\.46\./);
});

test('of a user whose account is gone nothing is kept', async () => {
  await create({});
  await registers('password');
  assert.equal((await inbox()).length, 1);
  const deleted = 'identity.v1.UserDeleted';
  await happens(deleted, UserPasswordChanged.encode({ userId }).finish());
  assert.deepEqual(await inbox(), []);
  const { database } = opened.notifications;
  assert.deepEqual(await database.selectFrom('notification').selectAll().execute(), []);
});
