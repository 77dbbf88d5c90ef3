import { type Kysely, sql } from 'kysely';
import type { OutgoingMessage } from '../channels/Transport.ts';
import type { DB } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { findTemplate } from '../templates/findTemplate.ts';
import { renderMessage } from '../templates/renderMessage.ts';
import { CLAIM_MS, type ClaimedNotification } from './claim.ts';
import { compose } from './compose.ts';
import { EndedError } from './EndedError.ts';
import { end, postpone } from './progress.ts';

/** Name of the template that puts messages together. */
const DIGEST_TEMPLATE = 'digest';
const MOST_MEMBERS = 100;
/** Those that go with another one are looked at again after that. */
const FOLLOW_MS = 5_000;

/**
 * Takes what goes into one message with a notification whose digest is due, so that nobody else sends it. The oldest one
 * leads, so that the message has the same id each time that it is tried.
 *
 * @returns undefined: another one leads, and this is looked at again later.
 */
export async function gatherDigest(
  database: Kysely<DB>,
  leader: ClaimedNotification,
  now: Date,
): Promise<ClaimedNotification[] | undefined> {
  const channel = leader.channels[leader.channel] ?? '';
  const members = database
    .selectFrom('notification')
    .select('id')
    .where('user_id', '=', leader.user_id)
    .where('digest_at', '=', leader.digest_at)
    .where('state', '=', 'PENDING')
    .where(sql<boolean>`channels[channel + 1] = ${channel}`)
    .orderBy('id');
  const first = await members.limit(1).executeTakeFirst();
  if (first && first.id !== leader.id) {
    const dueAt = new Date(now.getTime() + FOLLOW_MS);
    const { channel: index, tries } = leader;
    await postpone(database, leader, now, { dueAt, channel: index, tries });
    return undefined;
  }
  return database
    .updateTable('notification')
    .set({ due_at: new Date(now.getTime() + CLAIM_MS), claims: sql`claims + 1` })
    .where('id', 'in', members.where('id', '!=', leader.id).limit(MOST_MEMBERS))
    .where('state', '=', 'PENDING')
    .returningAll()
    .execute();
}

/** A message, and the notifications that are said by it. */
export interface ComposedDigest {
  readonly message: OutgoingMessage;
  readonly members: readonly ClaimedNotification[];
}

/**
 * Puts together what several notifications say. One that has nothing to say any more ends, and is left out.
 *
 * @throws as compose() for the first.
 */
export async function composeDigest(
  notifications: Notifications,
  leader: ClaimedNotification,
  members: readonly ClaimedNotification[],
  channel: string,
  locale: string,
): Promise<ComposedDigest> {
  const { database, clock } = notifications;
  const first = await compose(notifications, leader, channel, locale);
  const said = [leader];
  const items = [first];
  for (const member of members.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    try {
      items.push(await compose(notifications, member, channel, locale));
      said.push(member);
    } catch (error) {
      if (!(error instanceof EndedError)) throw error;
      const { state, reason, message: description } = error;
      await end(database, member, clock.now(), state, { reason, description });
    }
  }
  const template = await findTemplate(database, DIGEST_TEMPLATE);
  if (!template) throw new Error('there is a template for digests');
  const variables = { items: items.map(({ subject, text }) => ({ subject, text: text.trim() })) };
  const message = {
    ...first,
    type: DIGEST_TEMPLATE,
    ...renderMessage(template, locale, variables),
  };
  return { message, members: said };
}
