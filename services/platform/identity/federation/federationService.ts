import type { HandlersOf, RpcError } from '@weft/mesh/runtime';
import type {
  FederatedIdentity,
  FederationServiceDefinition,
} from '@weft/proto/identity/v1/federation';
import type { Selectable } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import { assertCanSignIn } from '../accounts/assertCanSignIn.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { FederatedIdentity as FederatedIdentityRow } from '../database.ts';
import type { Identity } from '../Identity.ts';
import type { GoogleLogin } from './GoogleLogin.ts';

/**
 * The methods of identity.v1.FederationService.
 *
 * @param google Undefined: it is not configured.
 */
export function federationService(
  identity: Identity,
  google: GoogleLogin | undefined,
): HandlersOf<FederationServiceDefinition> {
  const { database } = identity;
  return {
    async listFederatedIdentities({ userId }, context) {
      const rows = await database
        .selectFrom('federated_identity')
        .selectAll()
        .where('account_id', '=', ownUser(context, userId).subject)
        .orderBy('id')
        .execute();
      return { federatedIdentities: rows.map(describeFederatedIdentity) };
    },

    async startGoogleLink({ userId, returnTo }, context) {
      const accountId = ownUser(context, userId).subject;
      if (!google) throw notConfigured();
      const cookies = context.metadata.get('cookie').join('; ');
      const { url, cookie } = await google.begin(cookies, { returnTo, accountId });
      context.header.set('set-cookie', cookie);
      return { authorizationUrl: url.href };
    },

    async unlinkFederatedIdentity({ userId, federatedIdentityId }, context) {
      const accountId = ownUser(context, userId).subject;
      await transact(database, async (transaction) => {
        await lockAccount(transaction, accountId);
        const gone = await transaction
          .deleteFrom('federated_identity')
          .where('id', '=', federatedIdentityId)
          .where('account_id', '=', accountId)
          .returning('issuer')
          .executeTakeFirst();
        if (!gone) return;
        await assertCanSignIn(transaction, accountId);
        await recordAudit(identity, transaction, {
          ...{ accountId, action: 'federated_identity_unlinked', client: clientOf(context) },
          ...actorOf(context),
          details: { issuer: gone.issuer, federatedIdentityId },
        });
      });
      return {};
    },
  };
}

export function notConfigured(): RpcError {
  return failedPrecondition('PROVIDER_NOT_CONFIGURED', 'Google is not configured here');
}

export function describeFederatedIdentity(
  row: Selectable<FederatedIdentityRow>,
): FederatedIdentity {
  return {
    federatedIdentityId: row.id,
    issuer: row.issuer,
    email: row.email,
    createTime: timestampFromDate(row.created_at),
  };
}
