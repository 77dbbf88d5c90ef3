import type { HandlersOf } from '@weft/mesh/runtime';
import type { CredentialServiceDefinition } from '@weft/proto/identity/v1/credential';
import { transact } from '../../../kit/database/transact.ts';
import type { Identity } from '../Identity.ts';
import { checkPassword } from '../passwords/checkPassword.ts';
import { setPassword } from '../passwords/setPassword.ts';
import { confirmPassword } from './confirmPassword.ts';

/** Sets another password. */
export function changePassword(
  identity: Identity,
): HandlersOf<CredentialServiceDefinition>['changePassword'] {
  const { database, hasher } = identity;
  return async (request, context) => {
    const { account, client, sessionId } = await confirmPassword(identity, context, request);
    const { id: accountId, email } = account;
    await checkPassword('new_password', request.newPassword, email);
    const hash = await hasher.hash(request.newPassword);
    await transact(database, (transaction) =>
      setPassword(identity, transaction, {
        ...{ accountId, email, hash, sessionId, client, action: 'password_changed' },
      }),
    );
    return { success: true };
  };
}
