import { isRejection, RpcError, Status } from '@weft/mesh/runtime';
import { type OutgoingMessage, RejectedError } from '../channels/Transport.ts';
import { describeMail } from '../mails/describeMail.ts';
import type { Notifications } from '../Notifications.ts';
import { findTemplate } from '../templates/findTemplate.ts';
import { renderMessage } from '../templates/renderMessage.ts';
import { TemplateError, type Variables } from '../templates/TemplateEngine.ts';
import { userVariables } from '../templates/userVariables.ts';
import type { ClaimedNotification } from './claim.ts';
import { EndedError } from './EndedError.ts';

/** Whom a message is for, and what there is to say. */
interface Content {
  readonly recipient: string;
  readonly template: string;
  readonly variables: Variables;
}

/**
 * Makes the message of a notification for a channel, in a language.
 *
 * @throws EndedError when there is nothing to send any more; RejectedError when this channel cannot reach its recipient;
 * anything else when it may be made later.
 */
export async function compose(
  notifications: Notifications,
  notification: ClaimedNotification,
  channel: string,
  locale: string,
): Promise<OutgoingMessage> {
  const content = await contentOf(notifications, notification, channel);
  const { recipient, template: name, variables } = content;
  const { id, category } = notification;
  const template = await findTemplate(notifications.database, name);
  if (!template) throw new EndedError('FAILED', 'TEMPLATE_UNKNOWN', `there is no template ${name}`);
  try {
    const message = renderMessage(template, locale, variables);
    const { event } = notification.variables as { event?: OutgoingMessage['data'] };
    return {
      ...{ id, recipient, category, ...message, createdAt: notification.created_at },
      ...{ type: notification.event_subject ?? name, data: event ? { event } : {} },
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new EndedError('FAILED', error.reason, `template ${name}: ${error.message}`);
  }
}

async function contentOf(
  notifications: Notifications,
  notification: ClaimedNotification,
  channel: string,
): Promise<Content> {
  const { mail_id: mailId, template } = notification;
  const variables = notification.variables as Variables;
  if (mailId !== null) return describeMail(notifications, mailId);
  const recipient = notification.email ?? notification.phone ?? notification.endpoint_id;
  if (recipient !== null) return { recipient, template, variables };
  return ofUser(notifications, notification, channel);
}

async function ofUser(
  { users }: Notifications,
  { user_id: userId, template, variables }: ClaimedNotification,
  channel: string,
): Promise<Content> {
  const { user } = await users.getUser({ userId: userId ?? '' }).catch((error) => {
    if (error instanceof RpcError && error.code === Status.NOT_FOUND) {
      throw new EndedError('SUPPRESSED', 'USER_GONE', 'the user has no account any more');
    }
    if (error instanceof RpcError && isRejection(error.code)) {
      throw new EndedError('FAILED', 'USER_UNREADABLE', error.message);
    }
    throw error;
  });
  if (!user) throw new Error(`identity answered no user for ${userId}`);
  const recipient = channel === 'IN_APP' ? user.userId : user.email;
  if (!recipient) throw new RejectedError('NO_ADDRESS', 'the user has given no address');
  return {
    recipient,
    template,
    variables: { ...(variables as Variables), user: userVariables(user) },
  };
}
