import { randomUUIDv7 } from 'node:crypto';
import type { EventContract } from '@weft/mesh/contracts';
import type { HandlersOf } from '@weft/mesh/runtime';
import { Channel } from '@weft/proto/notification/v1/notification';
import { Rule, type RuleServiceDefinition } from '@weft/proto/notification/v1/rule';
import type { Kysely, Selectable } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { transact } from '../../../kit/database/transact.ts';
import { transactionOf } from '../../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { assertEtag, etagOf } from '../../../kit/resource/etag.ts';
import { Resource } from '../../../kit/resource/Resource.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import type { DB, Rule as RuleRow } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { channelName, channelOf } from '../notifications/channelNames.ts';
import { findTemplate } from '../templates/findTemplate.ts';
import { checkRule } from './checkRule.ts';

const MOST_OUTCOMES = 1_000;

/** The methods of notification.v1.RuleService. */
export function ruleService({
  database,
  clock,
  contracts,
  consumes,
}: Notifications): HandlersOf<RuleServiceDefinition> {
  const rules = new Resource(Rule, contracts);
  const check = async (rule: Rule) => {
    const event = eventOf(rule.eventSubject);
    await assertAudience(database, rule);
    const template = await findTemplate(database, rule.template);
    if (template) return checkRule(rule, event, template);
    const described = `there is no template ${rule.template}`;
    throw invalidArgument('rule.template', described, 'TEMPLATE_UNKNOWN');
  };
  const eventOf = (subject: string): EventContract => {
    const event = [...contracts.events.values()].find((each) => each.subject === subject);
    if (event && consumes.includes(subject)) return event;
    const described = `is none of ${consumes.join(', ')}`;
    throw invalidArgument('rule.event_subject', described, 'EVENT_UNKNOWN');
  };
  const read = async (db: Kysely<DB>, id: string) => {
    const row = await db.selectFrom('rule').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw rules.notFound(id);
    return row;
  };

  return {
    async createRule({ rule: given }, context) {
      const rule = rules.create(given);
      await check(rule);
      const row = await transactionOf<DB>(context)
        .insertInto('rule')
        .values({ ...rowOf(rule), id: randomUUIDv7(), created_at: clock.now() })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { rule: describe(row) };
    },

    async getRule({ ruleId }) {
      return { rule: describe(await read(database, ruleId)) };
    },

    async listRules(request) {
      const { rows, nextPageToken } = await readPageById(
        request,
        ['rules'],
        database.selectFrom('rule').selectAll(),
        'asc',
      );
      return { rules: rows.map(describe), nextPageToken };
    },

    async updateRule({ rule: given, updateMask }) {
      const id = given?.ruleId ?? '';
      return transact(database, async (transaction) => {
        const row = await transaction
          .selectFrom('rule')
          .selectAll()
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (!row) throw rules.notFound(id);
        const current = describe(row);
        assertEtag(given?.etag ?? '', current.etag);
        const updated = rules.update(current, given, updateMask);
        await check(updated);
        const changed = await transaction
          .updateTable('rule')
          .set({ ...rowOf(updated), version: row.version + 1 })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow();
        return { rule: describe(changed) };
      });
    },

    async deleteRule({ ruleId }) {
      await database.deleteFrom('rule').where('id', '=', ruleId).execute();
      return {};
    },

    async explainEvent({ eventSubject, eventKey }) {
      const rows = await database
        .selectFrom('event_outcome')
        .selectAll()
        .where('event_key', '=', eventKey)
        .where('event_subject', '=', eventSubject)
        .orderBy('id', 'desc')
        .limit(MOST_OUTCOMES)
        .execute();
      return {
        outcomes: rows.map((row) => ({
          eventTime: timestampFromDate(row.event_time),
          ...{ ruleId: row.rule_id ?? '', outcome: row.outcome, description: row.description },
          notificationId: row.notification_id ?? '',
        })),
      };
    },
  };
}

const OF_ENDPOINTS: ReadonlySet<Channel> = new Set([
  ...[Channel.SLACK, Channel.DISCORD, Channel.WEBHOOK],
]);

/** @throws RpcError INVALID_ARGUMENT where a rule's channels do not lead to whom it names. */
async function assertAudience(database: Kysely<DB>, rule: Rule): Promise<void> {
  const { userField, endpointId, channels } = rule;
  const refuse = (field: string, described: string) =>
    invalidArgument(field, described, 'AUDIENCE_INVALID');
  if ((userField === '') === (endpointId === '')) {
    throw refuse('rule.user_field', 'one of user_field and endpoint_id says who is told');
  }
  if (userField !== '') {
    const wrong = channels.some((each) => OF_ENDPOINTS.has(each) || each === Channel.SMS);
    if (wrong) throw refuse('rule.channels', 'users are told by mail and in the application');
    return;
  }
  const endpoint = await database
    .selectFrom('endpoint')
    .select('channel')
    .where('id', '=', endpointId)
    .executeTakeFirst();
  if (!endpoint) throw refuse('rule.endpoint_id', 'there is no such endpoint');
  if (channels.length === 1 && channels.map(channelName)[0] === endpoint.channel) return;
  throw refuse('rule.channels', `the endpoint is told by ${endpoint.channel}`);
}

function rowOf(rule: Rule) {
  return {
    endpoint_id: rule.endpointId || null,
    event_subject: rule.eventSubject,
    user_field: rule.userField,
    ...{ condition: rule.condition, template: rule.template, category: rule.category },
    ...{ critical: rule.critical, disabled: rule.disabled },
    channels: rule.channels.map(channelName),
  };
}

function describe(row: Selectable<RuleRow>): Rule {
  return {
    ruleId: row.id,
    eventSubject: row.event_subject,
    userField: row.user_field,
    endpointId: row.endpoint_id ?? '',
    ...{ condition: row.condition, template: row.template, category: row.category },
    ...{ critical: row.critical, disabled: row.disabled },
    channels: row.channels.map(channelOf),
    createTime: timestampFromDate(row.created_at),
    etag: etagOf(row.id, row.version),
  };
}
