import { errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { RoleServiceDefinition } from '@weft/proto/identity/v1/role';
import type { Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import { canGiveScope } from '../apiKeys/canGiveScope.ts';
import { revokeApiKeys } from '../apiKeys/revokeApiKeys.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { endSessions } from '../sessions/endSessions.ts';
import type { AdministratorToken } from './AdministratorToken.ts';
import {
  assertOtherAdministrator,
  hasAdministrator,
  lockAdministrators,
} from './administrators.ts';
import { ADMIN } from './roles.ts';

/** The methods of identity.v1.RoleService. */
export function roleService(
  identity: Identity,
  administratorToken: Pick<AdministratorToken, 'matches' | 'remove'>,
): HandlersOf<RoleServiceDefinition> {
  const { database, contracts } = identity;
  return {
    async grantRole({ userId, role }, context) {
      const roles = await transact(database, async (transaction) => {
        const account = await lockAccount(transaction, userId);
        if (account.roles.includes(role)) return account.roles;
        await recordAudit(identity, transaction, {
          ...{ accountId: userId, action: 'role_granted', client: clientOf(context) },
          ...actorOf(context),
          details: { role },
        });
        return setRoles(transaction, userId, [...account.roles, role]);
      });
      return { roles };
    },

    async revokeRole({ userId, role }, context) {
      const roles = await transact(database, async (transaction) => {
        if (role === ADMIN) await lockAdministrators(transaction);
        const account = await lockAccount(transaction, userId);
        if (!account.roles.includes(role)) return account.roles;
        if (role === ADMIN) await assertOtherAdministrator(transaction, userId);
        const left = account.roles.filter((each) => each !== role);
        await setRoles(transaction, userId, left);
        await endSessions(identity, transaction, { accountId: userId }, 'ROLES_CHANGED');
        await revokeApiKeys(identity, transaction, userId, ({ scopes }) =>
          scopes.some((scope) => !canGiveScope(contracts, scope, left)),
        );
        await recordAudit(identity, transaction, {
          ...{ accountId: userId, action: 'role_revoked', client: clientOf(context) },
          ...actorOf(context),
          details: { role },
        });
        return left;
      });
      return { roles };
    },

    async claimAdministrator({ token }, context) {
      const { subject } = ownUser(context, 'me');
      if (!administratorToken.matches(token)) throw invalidToken();
      const roles = await transact(database, async (transaction) => {
        await lockAdministrators(transaction);
        if (await hasAdministrator(transaction)) throw invalidToken();
        const { id, roles: had } = await lockAccount(transaction, subject);
        await recordAudit(identity, transaction, {
          ...{ accountId: id, action: 'role_granted', client: clientOf(context) },
          ...actorOf(context),
          details: { role: ADMIN, by: 'administrator_token' },
        });
        return setRoles(transaction, id, [...had, ADMIN]);
      });
      await administratorToken.remove();
      return { roles };
    },
  };
}

async function setRoles(
  transaction: Transaction<DB>,
  accountId: string,
  roles: readonly string[],
): Promise<string[]> {
  const sorted = [...new Set(roles)].toSorted();
  await transaction
    .updateTable('account')
    .set({ roles: sorted })
    .where('id', '=', accountId)
    .execute();
  return sorted;
}

/** The same for a wrong one and for one that is too late. */
function invalidToken(): RpcError {
  return new RpcError(Status.PERMISSION_DENIED, 'the token makes nobody an administrator', {
    details: [errorInfo('ADMINISTRATOR_TOKEN_INVALID')],
  });
}
