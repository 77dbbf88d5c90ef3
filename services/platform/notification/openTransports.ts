import { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import { readSecretFile } from '../../kit/readSecretFile.ts';
import { SmtpTransport } from './channels/email/SmtpTransport.ts';
import { TwilioTransport } from './channels/sms/TwilioTransport.ts';
import type { Transport } from './channels/Transport.ts';
import type { Config } from './config.ts';
import { EndpointTransport } from './endpoints/EndpointTransport.ts';
import { Inboxes } from './inbox/Inboxes.ts';
import type { Notifications } from './Notifications.ts';

/** The channels that are configured. */
export interface Transports {
  /** By the names of their channels. */
  readonly byChannel: ReadonlyMap<string, Transport>;
  readonly inboxes: Inboxes;
  /** Where endpoints may be. */
  readonly egress: EgressPolicy;
}

/** Of this machine and of networks of one's own, too: for what the operator himself has named. */
const ANYWHERE = ['0.0.0.0/0', '::/0'];

/**
 * Opens the channels that are configured.
 *
 * @param catcherUrl Where mails go when no server is named. Default: nowhere.
 * @throws ConfigError when a file with a secret cannot be read.
 */
export async function openTransports(
  config: Pick<Config, 'smtp' | 'from' | 'sms' | 'privateNetworks'>,
  given: Pick<Notifications, 'database' | 'clock' | 'secret'>,
  catcherUrl?: string,
): Promise<Transports> {
  const egress = new EgressPolicy(config.privateNetworks);
  const inboxes = new Inboxes(given.database);
  const endpoints = new EndpointTransport(given, egress);
  const byChannel = new Map<string, Transport>([
    ['IN_APP', inboxes],
    ...['SLACK', 'DISCORD', 'WEBHOOK'].map((channel): [string, Transport] => [channel, endpoints]),
  ]);
  const email = await openEmail(config, catcherUrl);
  if (email) byChannel.set('EMAIL', email);
  if (config.sms) {
    const { tokenFile, ...account } = config.sms;
    const token = await readSecretFile('NOTIFICATION_SMS_TOKEN_FILE', tokenFile);
    byChannel.set('SMS', new TwilioTransport({ ...account, token }, new EgressPolicy(ANYWHERE)));
  }
  return { byChannel, inboxes, egress };
}

async function openEmail(
  { smtp, from }: Pick<Config, 'smtp' | 'from'>,
  catcherUrl: string | undefined,
): Promise<Transport | undefined> {
  const url = smtp?.url ?? catcherUrl;
  if (url === undefined) return undefined;
  const file = smtp?.passwordFile;
  const password = file && (await readSecretFile('NOTIFICATION_SMTP_PASSWORD_FILE', file));
  return new SmtpTransport({ url, from, ...(password && { password }) });
}
