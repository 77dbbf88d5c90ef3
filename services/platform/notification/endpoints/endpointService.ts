import { randomBytes, randomUUIDv7 } from 'node:crypto';
import type { HandlersOf } from '@weft/mesh/runtime';
import type {
  Endpoint as EndpointMessage,
  EndpointServiceDefinition,
} from '@weft/proto/notification/v1/endpoint';
import { Channel } from '@weft/proto/notification/v1/notification';
import type { Selectable } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import { transactionOf } from '../../../kit/idempotency/transactionOf.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import type { Secret } from '../../../kit/secret/Secret.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import { formatSecret, SECRET_BYTES } from '../channels/webhook/signWebhook.ts';
import type { DB, Endpoint } from '../database.ts';
import type { Notifications } from '../Notifications.ts';
import { channelName, channelOf } from '../notifications/channelNames.ts';
import { openTarget, sealTarget } from './EndpointTarget.ts';

/** The methods of notification.v1.EndpointService. */
export function endpointService({
  database,
  clock,
  egress,
  secret,
}: Pick<
  Notifications,
  'database' | 'clock' | 'egress' | 'secret'
>): HandlersOf<EndpointServiceDefinition> {
  return {
    async createEndpoint({ endpoint }, context) {
      const { channel = Channel.WEBHOOK, displayName = '', url = '' } = endpoint ?? {};
      assertUrl(egress, url);
      const signingSecret = channel === Channel.WEBHOOK ? randomBytes(SECRET_BYTES) : null;
      const id = randomUUIDv7();
      const row = await transactionOf<DB>(context)
        .insertInto('endpoint')
        .values({
          ...{ id, channel: channelName(channel), display_name: displayName },
          sealed: sealTarget(secret, id, { url, signingSecret }),
          created_at: clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return {
        endpoint: describe(secret, row),
        secret: signingSecret ? formatSecret(signingSecret) : '',
      };
    },

    async listEndpoints(request) {
      const { rows, nextPageToken } = await readPageById(
        request,
        ['endpoints'],
        database.selectFrom('endpoint').selectAll(),
        'asc',
      );
      return { endpoints: rows.map((row) => describe(secret, row)), nextPageToken };
    },

    async deleteEndpoint({ endpointId }) {
      await database.deleteFrom('endpoint').where('id', '=', endpointId).execute();
      return {};
    },
  };
}

/** @throws RpcError INVALID_ARGUMENT. */
function assertUrl(egress: EgressPolicy, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw invalidArgument('endpoint.url', 'must be an http or https URL without a user');
  }
  if (egress.allowsHost(url.hostname)) return;
  const described = `${url.hostname} is an address that may not be connected to`;
  throw invalidArgument('endpoint.url', described, 'ADDRESS_FORBIDDEN');
}

function describe(secret: Secret, row: Selectable<Endpoint>): EndpointMessage {
  return {
    endpointId: row.id,
    channel: channelOf(row.channel),
    displayName: row.display_name,
    url: new URL(openTarget(secret, row).url).origin,
    createTime: timestampFromDate(row.created_at),
  };
}
