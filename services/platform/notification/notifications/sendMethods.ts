import { type CallContext, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  Notification,
  NotificationServiceDefinition,
} from '@weft/proto/notification/v1/notification';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { transactionOf } from '../../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import type { DB } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { findTemplate } from '../templates/findTemplate.ts';
import { renderMessage } from '../templates/renderMessage.ts';
import { DEFAULT_LOCALE } from '../templates/Template.ts';
import { TemplateError, type Variables } from '../templates/TemplateEngine.ts';
import { userVariables } from '../templates/userVariables.ts';
import { addNotification, type NewNotification } from './addNotification.ts';
import { describeNotification } from './describeNotification.ts';

const DEFAULT_CATEGORY = 'general';

type SendMethods = 'sendEmail' | 'sendSlack' | 'sendSms';

/** The methods of notification.v1.NotificationService that have something sent. */
export function sendMethods(
  notifications: Notifications,
): Pick<HandlersOf<NotificationServiceDefinition>, SendMethods> {
  const { database } = notifications;
  return {
    async sendEmail({ recipient, category, critical, ...request }, context) {
      return send(notifications, context, request, {
        recipient:
          recipient?.$case === 'userId'
            ? { user_id: recipient.value }
            : { email: recipient?.value ?? '' },
        ...{ category: category || DEFAULT_CATEGORY, critical, channels: ['EMAIL'] },
      });
    },

    async sendSlack({ endpointId, ...request }, context) {
      const endpoint = await database
        .selectFrom('endpoint')
        .select('channel')
        .where('id', '=', endpointId)
        .executeTakeFirst();
      if (!endpoint) throw new RpcError(Status.NOT_FOUND, `there is no endpoint ${endpointId}`);
      if (endpoint.channel !== 'SLACK') {
        throw failedPrecondition('ENDPOINT_KIND', 'the endpoint is none of Slack’s');
      }
      return send(notifications, context, request, {
        ...{ recipient: { endpoint_id: endpointId }, channels: ['SLACK'] },
        ...{ category: DEFAULT_CATEGORY, critical: false },
      });
    },

    async sendSms({ phone, ...request }, context) {
      return send(notifications, context, request, {
        ...{ recipient: { phone }, channels: ['SMS'] },
        ...{ category: DEFAULT_CATEGORY, critical: false },
      });
    },
  };
}

interface MessageRequest {
  readonly template: string;
  readonly variables?: Variables | undefined;
  readonly locale: string;
}

/** @throws RpcError INVALID_ARGUMENT for what could not be made. */
async function send(
  { database, clock }: Notifications,
  context: CallContext,
  { template: name, variables = {}, locale }: MessageRequest,
  how: Pick<NewNotification, 'recipient' | 'category' | 'critical' | 'channels'>,
): Promise<{ notification: Notification }> {
  const template = await findTemplate(database, name);
  if (!template) {
    throw invalidArgument('template', `there is no template ${name}`, 'TEMPLATE_UNKNOWN');
  }
  try {
    const user = 'user_id' in how.recipient ? { user: userVariables() } : {};
    renderMessage(template, locale || DEFAULT_LOCALE, { ...variables, ...user });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw invalidArgument('variables', error.message, error.reason);
  }
  const row = await addNotification(database, transactionOf<DB>(context), clock.now(), {
    ...{ ...how, template: name, locale: locale || null, variables },
  });
  return { notification: describeNotification(row) };
}
