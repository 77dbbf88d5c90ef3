import { randomUUIDv7 } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import type { EventContract } from '@weft/mesh/contracts';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { systemClock } from '../../../kit/Clock.ts';
import type { DB, Rule } from '../database.ts';
import { addNotification } from '../notifications/addNotification.ts';
import { holds, TemplateError } from '../templates/TemplateEngine.ts';

/** An event as rules see it. */
export interface RuledEvent {
  readonly contract: EventContract;
  readonly subject: string;
  readonly key: string;
  readonly time: Date;
  readonly event: JsonObject;
}

interface Outcome {
  readonly outcome:
    | 'NOTIFIED'
    | 'NO_RULE'
    | 'CONDITION_FALSE'
    | 'CONDITION_INVALID'
    | 'NO_RECIPIENT';
  readonly description?: string;
  readonly notificationId?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes what the rules say of an event, and notes what each of them has made of it. */
export async function applyRules(
  database: Kysely<DB>,
  transaction: Transaction<DB>,
  event: RuledEvent,
): Promise<void> {
  const rules = await transaction
    .selectFrom('rule')
    .selectAll()
    .where('event_subject', '=', event.subject)
    .where('disabled', '=', false)
    .orderBy('id')
    .execute();
  if (rules.length === 0) await note(transaction, event, undefined, { outcome: 'NO_RULE' });
  for (const rule of rules) {
    await note(transaction, event, rule.id, await applyRule(database, transaction, rule, event));
  }
}

async function applyRule(
  database: Kysely<DB>,
  transaction: Transaction<DB>,
  rule: Selectable<Rule>,
  { contract, subject, key, event }: RuledEvent,
): Promise<Outcome> {
  try {
    if (rule.condition !== '' && !holds(rule.condition, { event })) {
      return { outcome: 'CONDITION_FALSE', description: rule.condition };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { outcome: 'CONDITION_INVALID', description: error.message };
  }
  const recipient = recipientOf(rule, contract, event);
  if (!recipient) {
    return { outcome: 'NO_RECIPIENT', description: `${rule.user_field} names no user` };
  }
  const { id } = await addNotification(database, transaction, systemClock.now(), {
    ...{ category: rule.category, critical: rule.critical, channels: rule.channels },
    ...{ event_subject: subject, event_key: key, recipient },
    ...{ template: rule.template, variables: { event } },
  });
  return { outcome: 'NOTIFIED', notificationId: id };
}

function recipientOf(
  { endpoint_id: endpointId, user_field: userField }: Selectable<Rule>,
  { message }: EventContract,
  event: JsonObject,
) {
  if (endpointId !== null) return { endpoint_id: endpointId };
  const field = message.fields.find(({ name }) => name === userField);
  const userId = field && event[field.jsonName];
  return typeof userId === 'string' && UUID.test(userId) ? { user_id: userId } : undefined;
}

async function note(
  transaction: Transaction<DB>,
  { subject, key, time }: RuledEvent,
  ruleId: string | undefined,
  { outcome, description = '', notificationId }: Outcome,
): Promise<void> {
  await transaction
    .insertInto('event_outcome')
    .values({
      ...{ id: randomUUIDv7(), event_subject: subject, event_key: key, event_time: time },
      ...{ rule_id: ruleId ?? null, outcome, description },
      ...{ notification_id: notificationId ?? null, created_at: systemClock.now() },
    })
    .execute();
}
