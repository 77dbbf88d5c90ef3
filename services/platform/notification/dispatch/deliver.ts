import pRetry from 'p-retry';
import { transact } from '../../../kit/database/transact.ts';
import { type OutgoingMessage, RejectedError, RetryLaterError } from '../channels/Transport.ts';
import type { Notifications } from '../Notifications.ts';
import { readPreferences, type UserPreferences } from '../preferences/Preferences.ts';
import { type DeliveryPlan, planDelivery } from '../preferences/planDelivery.ts';
import { DEFAULT_LOCALE } from '../templates/Template.ts';
import { beginAttempt, endAttempt } from './attempts.ts';
import type { ClaimedNotification } from './claim.ts';
import { compose } from './compose.ts';
import { composeDigest, gatherDigest } from './digest.ts';
import { EndedError } from './EndedError.ts';
import { type Decided, end, postpone } from './progress.ts';
import { giveUpAt, isGivenUp, retryAt } from './retries.ts';

/** A try of a channel takes no longer. */
const TRY_MS = 30_000;

/**
 * Tries the present channel of a notification that is claimed, and writes what has come of it: its end, or when it goes on,
 * by this channel or the next. A process that dies on the way has it tried again by another, with the same id.
 */
export async function deliver(
  notifications: Notifications,
  notification: ClaimedNotification,
): Promise<void> {
  const { database, clock, transports } = notifications;
  const channel = notification.channels[notification.channel] ?? '';
  const userId = notification.user_id;
  const preferences = userId === null ? undefined : await readPreferences(database, userId);
  const plan = preferences && planOf(notification, channel, preferences, clock.now());
  if (plan?.kind === 'off') {
    const description = `the user wants no ${notification.category} by ${channel}`;
    return giveUpChannel(notifications, notification, { reason: 'PREFERENCE_OFF', description });
  }
  if (plan?.kind === 'wait') return wait(notifications, notification, plan);
  const locale = notification.locale ?? preferences?.locale ?? DEFAULT_LOCALE;
  const transport = transports.get(channel);
  let message: OutgoingMessage;
  let members: readonly ClaimedNotification[] = [notification];
  try {
    if (!transport) throw new RejectedError('CHANNEL_NOT_CONFIGURED', `${channel} is not set up`);
    if (plan?.kind === 'digest') {
      const gathered = await gatherDigest(database, notification, clock.now());
      if (!gathered) return;
      const digest = await composeDigest(notifications, notification, gathered, channel, locale);
      ({ message, members } = digest);
    } else message = await compose(notifications, notification, channel, locale);
  } catch (error) {
    return settle(notifications, notification, error);
  }
  const number = await beginAttempt(database, notification, channel, clock.now());
  if (number === undefined) return;
  let answer: string;
  try {
    answer = await transport.send(message, AbortSignal.timeout(TRY_MS));
  } catch (error) {
    const outcome = error instanceof RejectedError ? 'REJECTED' : 'DEFERRED';
    const said = messageOf(error);
    await endAttempt(database, notification, number, clock.now(), outcome, said);
    return settle(notifications, notification, error);
  }
  // Without it the message would be sent again.
  await pRetry(() =>
    transact(database, async (transaction) => {
      const now = clock.now();
      await endAttempt(transaction, notification, number, now, 'ACCEPTED', answer);
      const description =
        members.length === 1 ? `${channel} has taken it` : `${channel} has taken a digest with it`;
      for (const member of members) {
        await end(transaction, member, now, 'DELIVERED', { reason: '', description });
      }
    }),
  );
}

function planOf(
  { category, critical, digest_at: digestAt }: ClaimedNotification,
  channel: string,
  preferences: UserPreferences,
  now: Date,
): DeliveryPlan {
  return planDelivery({ category, critical, channel, digestAt }, preferences, now);
}

/** Has it looked at again when its user wants it. */
async function wait(
  { database, clock }: Notifications,
  notification: ClaimedNotification,
  { until, reason, digestAt }: DeliveryPlan & { readonly kind: 'wait' },
): Promise<void> {
  const { channel, tries } = notification;
  await postpone(database, notification, clock.now(), {
    ...{ dueAt: until, channel, tries, giveUpAt: giveUpAt(until), reason },
    ...(digestAt && { digestAt }),
    description: `it comes at ${until.toISOString()}`,
  });
}

/** Writes what becomes of a notification that has not been sent. */
async function settle(
  notifications: Notifications,
  notification: ClaimedNotification,
  error: unknown,
): Promise<void> {
  const { database, clock, log } = notifications;
  const { id } = notification;
  if (error instanceof EndedError) {
    const { state, reason, message: description } = error;
    if (state === 'FAILED') log.warn({ notification: id, reason }, 'a notification has failed');
    await end(database, notification, clock.now(), state, { reason, description });
  } else if (error instanceof RejectedError) {
    const { reason, message: description } = error;
    await giveUpChannel(notifications, notification, { reason, description });
  } else {
    log.info({ notification: id, err: error }, 'a notification is tried again');
    await retry(notifications, notification, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function retry(
  notifications: Notifications,
  notification: ClaimedNotification,
  error: unknown,
): Promise<void> {
  const { database, clock } = notifications;
  const now = clock.now();
  const tries = notification.tries + 1;
  const hasFallback = notification.channel + 1 < notification.channels.length;
  if (isGivenUp(notification, tries, hasFallback, now)) {
    const description = messageOf(error);
    await giveUpChannel(notifications, notification, { reason: 'GIVEN_UP', description });
    return;
  }
  const dueAt =
    error instanceof RetryLaterError
      ? new Date(now.getTime() + error.afterMs)
      : retryAt(now, tries);
  await postpone(database, notification, now, { dueAt, tries, channel: notification.channel });
}

/** Goes on with the next channel, or ends where there is none. */
async function giveUpChannel(
  { database, clock, log }: Notifications,
  notification: ClaimedNotification,
  decided: Decided,
): Promise<void> {
  const now = clock.now();
  const channel = notification.channel + 1;
  if (channel < notification.channels.length) {
    const next = { dueAt: now, channel, tries: 0, digestAt: null };
    await postpone(database, notification, now, { ...next, ...decided });
    return;
  }
  const { id, attempts } = notification;
  if (decided.reason === 'PREFERENCE_OFF' && attempts === 0) {
    await end(database, notification, now, 'SUPPRESSED', decided);
    return;
  }
  log.warn({ notification: id, reason: decided.reason }, 'a notification has failed');
  await end(database, notification, now, 'FAILED', decided);
}
