import { randomUUIDv7 } from 'node:crypto';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { LoginResponse } from '@weft/proto/identity/v1/auth';
import type { Transaction } from 'kysely';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { findAccountByEmail } from '../accounts/findAccount.ts';
import { lockAccount, lockName } from '../accounts/lockAccount.ts';
import { registerAccount } from '../accounts/registerAccount.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';
import { type SignIn, signIn } from '../sessions/signIn.ts';
import { accountEmail } from './accountEmail.ts';
import type { ProviderIdentity } from './OpenIdClient.ts';

const MOST_IDENTITIES = 20;

/** Who comes from a provider, and from where. */
export interface Arrival extends SignIn {
  readonly provided: ProviderIdentity;
  /** Whether somebody gets an account without an address, where the provider vouches for none. */
  readonly mayLackEmail: boolean;
}

/**
 * Signs somebody in whom another provider vouches for: to the account that is linked to him there; else to that with the
 * same address, where both sides have seen that it is his; else to a new one.
 *
 * An account always has a verified address, or none. Registrations that have not been confirmed are no accounts and are
 * not looked at: whoever asked for one with somebody else's address gets nothing of him.
 *
 * @throws RpcError FAILED_PRECONDITION: EMAIL_NOT_VERIFIED, the provider does not say that the address is his; LINK_NEEDED,
 *   the account with this address has a second factor, and he links it when he is signed in. PERMISSION_DENIED:
 *   ACCOUNT_DISABLED.
 */
export function signInFederated(identity: Identity, arrival: Arrival): Promise<LoginResponse> {
  return signIn(identity, arrival, async (transaction) => {
    const known = await findIdentity(transaction, arrival.provided);
    return known ?? (await linkByEmail(identity, transaction, arrival));
  });
}

/**
 * Lets somebody who is signed in sign in by another provider too. Again is no failure.
 *
 * @throws RpcError FAILED_PRECONDITION: FEDERATED_IDENTITY_TAKEN, it is linked to another user; TOO_MANY_FEDERATED_IDENTITIES.
 */
export async function linkFederated(
  identity: Identity,
  transaction: Transaction<DB>,
  accountId: string,
  arrival: Arrival,
): Promise<void> {
  const known = await findIdentity(transaction, arrival.provided);
  if (known === accountId) return;
  if (known)
    throw failedPrecondition(
      'FEDERATED_IDENTITY_TAKEN',
      'another user signs in with this identity',
    );
  await lockAccount(transaction, accountId);
  await insertIdentity(identity, transaction, accountId, arrival);
}

/** @returns the id of the account that an identity is linked to. Keeps others from linking it. */
async function findIdentity(
  transaction: Transaction<DB>,
  { issuer, subject }: ProviderIdentity,
): Promise<string | undefined> {
  await lockName(transaction, `federated ${issuer} ${subject}`);
  const row = await transaction
    .selectFrom('federated_identity')
    .select('account_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row?.account_id;
}

async function linkByEmail(
  identity: Identity,
  transaction: Transaction<DB>,
  arrival: Arrival,
): Promise<string> {
  const { provided, method, mayLackEmail } = arrival;
  const email = accountEmail(provided) ?? null;
  if (email === null && !mayLackEmail) {
    throw failedPrecondition(
      'EMAIL_NOT_VERIFIED',
      'the provider does not say that the address is yours',
    );
  }
  const accountId =
    (email !== null && (await ownerOf(transaction, email))) ||
    (
      await registerAccount(identity, transaction, {
        ...{ email, displayName: provided.name.slice(0, 100), method },
      })
    )?.id;
  // Somebody has taken the address this very moment: the transaction is over, and what he has is found by the next try.
  if (!accountId) throw new RpcError(Status.ABORTED, 'the address has just got an account');
  await insertIdentity(identity, transaction, accountId, arrival);
  return accountId;
}

/** @returns the id of the account with a verified address. */
async function ownerOf(transaction: Transaction<DB>, email: string): Promise<string | undefined> {
  const found = await findAccountByEmail(transaction, email, '');
  if (found?.secondFactor) {
    const message = 'sign in as you do, and link this identity to your account';
    throw failedPrecondition('LINK_NEEDED', message);
  }
  return found?.account.id;
}

async function insertIdentity(
  identity: Identity,
  transaction: Transaction<DB>,
  accountId: string,
  { provided, method, client }: Arrival,
): Promise<void> {
  const { issuer, subject, email } = provided;
  const has = await transaction
    .selectFrom('federated_identity')
    .select('id')
    .where('account_id', '=', accountId)
    .execute();
  if (has.length >= MOST_IDENTITIES) {
    throw failedPrecondition(
      'TOO_MANY_FEDERATED_IDENTITIES',
      `you have ${MOST_IDENTITIES}: unlink one first`,
    );
  }
  const id = randomUUIDv7();
  await transaction
    .insertInto('federated_identity')
    .values({
      ...{ id, account_id: accountId, issuer, subject, email: email.slice(0, 254) },
      created_at: identity.clock.now(),
    })
    .execute();
  await recordAudit(identity, transaction, {
    ...{ accountId, action: 'federated_identity_linked', client },
    details: { issuer, method, federatedIdentityId: id },
  });
}
