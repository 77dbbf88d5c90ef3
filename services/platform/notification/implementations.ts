import { implement, type Served } from '@weft/mesh/runtime';
import { EndpointServiceDefinition } from '@weft/proto/notification/v1/endpoint';
import { InboxServiceDefinition } from '@weft/proto/notification/v1/inbox';
import { NotificationServiceDefinition } from '@weft/proto/notification/v1/notification';
import { PreferenceServiceDefinition } from '@weft/proto/notification/v1/preference';
import { RuleServiceDefinition } from '@weft/proto/notification/v1/rule';
import { TemplateServiceDefinition } from '@weft/proto/notification/v1/template';
import { sealAnswers } from '../../kit/idempotency/sealAnswers.ts';
import { endpointService } from './endpoints/endpointService.ts';
import type { Inboxes } from './inbox/Inboxes.ts';
import { inboxService } from './inbox/inboxService.ts';
import type { Notifications } from './Notifications.ts';
import { notificationService } from './notifications/notificationService.ts';
import { preferenceService } from './preferences/preferenceService.ts';
import { ruleService } from './rules/ruleService.ts';
import { templateService } from './templates/templateService.ts';

/** All that notification serves, the mails apart that were caught. */
export function implementations(notifications: Notifications, inboxes: Inboxes): Served[] {
  return [
    implement(NotificationServiceDefinition, notificationService(notifications)),
    implement(TemplateServiceDefinition, templateService(notifications)),
    sealAnswers(
      implement(EndpointServiceDefinition, endpointService(notifications)),
      notifications.secret,
    ),
    implement(PreferenceServiceDefinition, preferenceService(notifications)),
    implement(RuleServiceDefinition, ruleService(notifications)),
    implement(InboxServiceDefinition, inboxService(notifications, inboxes)),
  ];
}
