import type { Kysely } from 'kysely';
import type { Clock } from '../../../kit/Clock.ts';
import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import type { Secret } from '../../../kit/secret/Secret.ts';
import { discordMessage } from '../channels/discord/discordMessage.ts';
import { postMessage } from '../channels/postMessage.ts';
import { slackMessage } from '../channels/slack/slackMessage.ts';
import type { OutgoingMessage, Transport } from '../channels/Transport.ts';
import { signWebhook } from '../channels/webhook/signWebhook.ts';
import type { DB } from '../database.ts';
import { EndedError } from '../dispatch/EndedError.ts';
import type { Notifications } from '../Notifications.ts';
import { openTarget } from './EndpointTarget.ts';

/** Posts messages to endpoints, each in the form of its channel. */
export class EndpointTransport implements Transport {
  readonly #database: Kysely<DB>;
  readonly #clock: Clock;
  readonly #secret: Secret;
  readonly #egress: EgressPolicy;

  constructor(
    { database, clock, secret }: Pick<Notifications, 'database' | 'clock' | 'secret'>,
    egress: EgressPolicy,
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#secret = secret;
    this.#egress = egress;
  }

  /** @param message Its recipient is the id of an endpoint. */
  async send(message: OutgoingMessage, signal: AbortSignal): Promise<string> {
    const endpoint = await this.#database
      .selectFrom('endpoint')
      .selectAll()
      .where('id', '=', message.recipient)
      .executeTakeFirst();
    if (!endpoint) throw new EndedError('SUPPRESSED', 'ENDPOINT_GONE', 'the endpoint was deleted');
    const { channel } = endpoint;
    const { url, signingSecret } = openTarget(this.#secret, endpoint);
    const body = JSON.stringify(
      channel === 'SLACK'
        ? slackMessage(message)
        : channel === 'DISCORD'
          ? discordMessage(message)
          : webhookMessage(message),
    );
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'weft-notification',
      ...(signingSecret && signWebhook(signingSecret, message.id, this.#clock.now(), body)),
    };
    return postMessage(this.#egress, url, { headers, body, signal });
  }
}

/** The same at each try. */
function webhookMessage({ type, createdAt, subject, text, data }: OutgoingMessage): object {
  return { type, timestamp: createdAt.toISOString(), data: { ...data, subject, text } };
}
