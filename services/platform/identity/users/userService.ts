import type { HandlersOf } from '@weft/mesh/runtime';
import { UserDisabled, UserEnabled } from '@weft/proto/identity/v1/events';
import { User } from '@weft/proto/identity/v1/user';
import type { UserServiceDefinition } from '@weft/proto/identity/v1/user_service';
import { transact } from '../../../kit/database/transact.ts';
import { readPage } from '../../../kit/readPage.ts';
import { assertEtag } from '../../../kit/resource/etag.ts';
import { Resource } from '../../../kit/resource/Resource.ts';
import { lockAccount } from '../accounts/lockAccount.ts';
import { normalizeEmail } from '../accounts/normalizeEmail.ts';
import { revokeApiKeys } from '../apiKeys/revokeApiKeys.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import type { Identity } from '../Identity.ts';
import { assertOtherAdministrator, lockAdministrators } from '../roles/administrators.ts';
import { ADMIN } from '../roles/roles.ts';
import { endSessions } from '../sessions/endSessions.ts';
import { accountIdFor } from './accountIdFor.ts';
import { deleteUser } from './deleteUser.ts';
import { exportUser } from './exportUser.ts';
import { readUsers } from './readUsers.ts';

/** The methods of identity.v1.UserService. */
export function userService(identity: Identity): HandlersOf<UserServiceDefinition> {
  const { database, events, clock, contracts } = identity;
  const users = new Resource(User, contracts);
  const read = async (id: string): Promise<User> => {
    const [user] = await readUsers(database, (query) => query.where('account.id', '=', id));
    if (!user) throw users.notFound(id);
    return user;
  };

  return {
    async getUser({ userId }, context) {
      // A service that calls for itself: the contract lets it.
      const isService = context.principal === undefined;
      return { user: await read(isService ? userId : accountIdFor(context, userId)) };
    },

    async listUsers({ email: given, ...request }) {
      const email = normalizeEmail(given);
      const { rows, nextPageToken } = await readPage(request, {
        ...{ list: ['users', email], type: 'string' as const },
        read: (after: string | undefined, limit) =>
          readUsers(database, (query) =>
            query
              .$if(after !== undefined, (all) => all.where('account.id', '>', after as string))
              .$if(email !== '', (all) => all.where('account.email', '=', email))
              .orderBy('account.id')
              .limit(limit),
          ),
        positionOf: ({ userId }) => userId,
      });
      return { users: rows, nextPageToken };
    },

    async updateUser({ user: given, updateMask }, context) {
      const id = accountIdFor(context, given?.userId ?? '');
      await transact(database, async (transaction) => {
        await lockAccount(transaction, id);
        const [current] = await readUsers(transaction, (query) =>
          query.where('account.id', '=', id),
        );
        if (!current) throw users.notFound(id);
        assertEtag(given?.etag ?? '', current.etag);
        const { displayName } = users.update(current, given, updateMask);
        if (displayName === current.displayName) return;
        await transaction
          .updateTable('account')
          .set({ display_name: displayName })
          .where('id', '=', id)
          .execute();
      });
      return { user: await read(id) };
    },

    async disableUser({ userId }, context) {
      await transact(database, async (transaction) => {
        await lockAdministrators(transaction);
        const account = await lockAccount(transaction, userId);
        if (account.disabled_at) return;
        if (account.roles.includes(ADMIN)) await assertOtherAdministrator(transaction, userId);
        await transaction
          .updateTable('account')
          .set({ disabled_at: clock.now() })
          .where('id', '=', userId)
          .execute();
        await endSessions(identity, transaction, { accountId: userId }, 'ACCOUNT_DISABLED');
        await revokeApiKeys(identity, transaction, userId);
        await recordAudit(identity, transaction, {
          ...{ accountId: userId, action: 'account_disabled', client: clientOf(context) },
          ...actorOf(context),
        });
        await events.add(transaction, UserDisabled, { userId }, actorOf(context));
      });
      return {};
    },

    async enableUser({ userId }, context) {
      await transact(database, async (transaction) => {
        const account = await lockAccount(transaction, userId);
        if (!account.disabled_at) return;
        await transaction
          .updateTable('account')
          .set({ disabled_at: null })
          .where('id', '=', userId)
          .execute();
        await recordAudit(identity, transaction, {
          ...{ accountId: userId, action: 'account_enabled', client: clientOf(context) },
          ...actorOf(context),
        });
        await events.add(transaction, UserEnabled, { userId }, actorOf(context));
      });
      return {};
    },

    async exportUser({ userId }, context) {
      const id = accountIdFor(context, userId);
      return exportUser(identity, await read(id));
    },

    async deleteUser({ userId, password }, context) {
      await deleteUser(identity, context, { userId, password });
      return {};
    },
  };
}
