import type { Served } from '@weft/mesh/runtime';
import { MailServiceDefinition } from '@weft/proto/identity/v1/mail';
import { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import type { KitContext } from '../../kit/defineService.ts';
import { checkSecret } from '../../kit/secret/checkSecret.ts';
import { readSecret } from '../../kit/secret/readSecret.ts';
import { noMailFace } from './catcher/noMailFace.ts';
import type { Config } from './config.ts';
import type { DB } from './database.ts';
import { sealTargets } from './endpoints/EndpointTarget.ts';
import { implementations } from './implementations.ts';
import { keepUp } from './keepUp.ts';
import type { Notifications } from './Notifications.ts';
import { openTransports } from './openTransports.ts';

/** Opens what notification holds. */
export async function setup(context: KitContext<Config, DB>): Promise<Served[]> {
  const { config, database, clock, contracts, consumes, log, watch, client, onStop } = context;
  const { catchMails, pages } = config;
  const secret = await readSecret('notification', config.secretFile);
  await checkSecret(database, secret);
  await sealTargets(database, secret);
  // What it takes to read mails is not loaded where none are caught.
  const caught = catchMails ? await import('./catcher/openCatcher.ts') : undefined;
  const catcher = await caught?.openCatcher(database, clock, log);
  if (catcher) onStop(() => catcher.stop());
  const opened = await openTransports(config, { database, clock, secret }, catcher?.url);
  const { byChannel: transports, inboxes, egress } = opened;
  onStop(async () => {
    for (const transport of transports.values()) await transport.close?.();
  });
  if (!transports.has('EMAIL')) {
    log.warn({}, 'mails fail: NOTIFICATION_SMTP_URL names no server that they go to');
  }
  const notifications: Notifications = {
    ...{ database, clock, contracts, consumes, log, secret, pages, egress, transports },
    mails: client(MailServiceDefinition),
    users: client(UserServiceDefinition),
  };
  onStop(keepUp(notifications, watch));
  if (watch) onStop(inboxes.follow(watch));
  return [...implementations(notifications, inboxes), catcher?.face ?? noMailFace()];
}
