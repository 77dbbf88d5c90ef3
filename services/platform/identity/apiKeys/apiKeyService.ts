import { randomUUIDv7 } from 'node:crypto';
import { errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { ApiKey, ApiKeyServiceDefinition } from '@weft/proto/identity/v1/api_key';
import type { Selectable, Transaction } from 'kysely';
import { readPageById } from '../../../kit/database/readPageById.ts';
import { onCommitted, transact } from '../../../kit/database/transact.ts';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { dateFromTimestamp, timestampFromDate } from '../../../kit/time.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { ApiKey as ApiKeyRow, DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { canGiveScope } from './canGiveScope.ts';
import { makeApiKey } from './makeApiKey.ts';
import { revokeApiKeys } from './revokeApiKeys.ts';

const MOST_KEYS = 100;

/** The methods of identity.v1.ApiKeyService. */
export function apiKeyService(identity: Identity): HandlersOf<ApiKeyServiceDefinition> {
  const { database, clock, contracts, publication } = identity;
  return {
    async createApiKey({ userId, displayName, scopes, expireTime }, context) {
      const accountId = ownUser(context, userId).subject;
      const { key, hash, prefix } = makeApiKey();
      const made = await transact(database, async (transaction) => {
        // As they are now, which a token of some minutes ago need not say.
        const { roles } = await lockAccount(transaction, accountId);
        const forbidden = scopes.find((scope) => !canGiveScope(contracts, scope, roles));
        if (forbidden !== undefined) throw scopeNotAllowed(forbidden);
        await assertRoom(transaction, accountId, clock.now());
        const row = await transaction
          .insertInto('api_key')
          .values({
            ...{ id: randomUUIDv7(), account_id: accountId, display_name: displayName },
            ...{ hash, prefix, scopes, created_at: clock.now() },
            expires_at: expireTime ? dateFromTimestamp(expireTime) : null,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        await recordAudit(identity, transaction, {
          ...{ accountId, action: 'api_key_created', client: clientOf(context) },
          ...actorOf(context),
          details: { apiKeyId: row.id, scopes: scopes.join(' ') },
        });
        onCommitted(transaction, () => publication.wake());
        return row;
      });
      return { apiKey: describeApiKey(made), key };
    },

    async listApiKeys({ userId, ...request }, context) {
      const accountId = ownUser(context, userId).subject;
      const { rows, nextPageToken } = await readPageById(
        request,
        ['apiKeys', accountId],
        database
          .selectFrom('api_key')
          .selectAll()
          .where('account_id', '=', accountId)
          .where('revoked_at', 'is', null),
      );
      return { apiKeys: rows.map(describeApiKey), nextPageToken };
    },

    async revokeApiKey({ userId, apiKeyId }, context) {
      const accountId = ownUser(context, userId).subject;
      await transact(database, async (transaction) => {
        const known = await transaction
          .selectFrom('api_key')
          .select('id')
          .where('id', '=', apiKeyId)
          .where('account_id', '=', accountId)
          .executeTakeFirst();
        if (!known) throw new RpcError(Status.NOT_FOUND, `you have no API key ${apiKeyId}`);
        const isThis = ({ id }: { id: string }) => id === apiKeyId;
        const revoked = await revokeApiKeys(identity, transaction, accountId, isThis);
        if (revoked.length === 0) return;
        await recordAudit(identity, transaction, {
          ...{ accountId, action: 'api_key_revoked', client: clientOf(context) },
          ...actorOf(context),
          details: { apiKeyId },
        });
      });
      return {};
    },
  };
}

/** @throws RpcError FAILED_PRECONDITION, reason TOO_MANY_API_KEYS. */
async function assertRoom(
  transaction: Transaction<DB>,
  accountId: string,
  now: Date,
): Promise<void> {
  const keys = await transaction
    .selectFrom('api_key')
    .select('id')
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .execute();
  if (keys.length < MOST_KEYS) return;
  throw failedPrecondition('TOO_MANY_API_KEYS', `you have ${MOST_KEYS} API keys: revoke one first`);
}

function scopeNotAllowed(scope: string): RpcError {
  return new RpcError(Status.PERMISSION_DENIED, `you may not give a key the scope ${scope}`, {
    details: [errorInfo('SCOPE_NOT_ALLOWED', { scope })],
  });
}

export function describeApiKey(row: Selectable<ApiKeyRow>): ApiKey {
  return {
    apiKeyId: row.id,
    displayName: row.display_name,
    prefix: row.prefix,
    scopes: row.scopes,
    createTime: timestampFromDate(row.created_at),
    expireTime: row.expires_at ? timestampFromDate(row.expires_at) : undefined,
    lastUseTime: row.last_used_at ? timestampFromDate(row.last_used_at) : undefined,
  };
}
