import type { CallContext, HandlersOf } from '@weft/mesh/runtime';
import type { Wallet, WalletServiceDefinition } from '@weft/proto/identity/v1/wallet';
import type { Selectable, Transaction } from 'kysely';
import { transact } from '../../../kit/database/transact.ts';
import { failedPrecondition } from '../../../kit/failedPrecondition.ts';
import { timestampFromDate } from '../../../kit/time.ts';
import { assertCanSignIn } from '../accounts/assertCanSignIn.ts';
import { lockAccount, lockName } from '../accounts/lockAccount.ts';
import { registerAccount } from '../accounts/registerAccount.ts';
import { actorOf } from '../audit/actorOf.ts';
import { recordAudit } from '../audit/recordAudit.ts';
import { clientOf } from '../client/Client.ts';
import { ownUser } from '../client/userOf.ts';
import type { RefreshCookie } from '../cookies/RefreshCookie.ts';
import { giveByCookie } from '../cookies/withRefreshCookie.ts';
import type { DB, Wallet as WalletRow } from '../database.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import { signIn } from '../sessions/signIn.ts';
import { giveNonce, takeNonce } from './nonces.ts';
import type { SignedIn, WalletPolicy } from './verifyWalletMessage.ts';

/** How a user signs in, in sessions and the audit trail. */
const METHOD = 'wallet';
const MOST_WALLETS = 20;

interface SignedMessage {
  readonly message: string;
  readonly signature: string;
}

/** The methods of identity.v1.WalletService. */
export function walletService(
  identity: Identity,
  policy: WalletPolicy,
  refreshCookie: RefreshCookie,
): HandlersOf<WalletServiceDefinition> {
  const { database, clock } = identity;

  const verify = async ({ message, signature }: SignedMessage) => {
    // 10 MB of cryptography, for those who sign in so.
    const { verifyWalletMessage } = await import('./verifyWalletMessage.ts');
    return verifyWalletMessage(message, signature, policy, clock.now());
  };

  return {
    async createWalletNonce() {
      const { nonce, expiresAt } = await giveNonce(database, clock);
      return { nonce, expireTime: timestampFromDate(expiresAt) };
    },

    async loginWithWallet(request, context) {
      const signed = await verify(request);
      const how = { client: clientOf(context), method: METHOD };
      const answer = await signIn(identity, how, async (transaction) => {
        await useNonce(identity, transaction, signed);
        const known = await findWallet(transaction, signed);
        return known?.account_id ?? (await registerWallet(identity, transaction, signed));
      });
      return request.useCookie ? giveByCookie(answer, context, refreshCookie) : answer;
    },

    async listWallets({ userId }, context) {
      const rows = await database
        .selectFrom('wallet')
        .selectAll()
        .where('account_id', '=', ownUser(context, userId).subject)
        .orderBy('created_at')
        .execute();
      return { wallets: await Promise.all(rows.map(describeWallet)) };
    },

    async linkWallet({ userId, ...request }, context) {
      const accountId = ownUser(context, userId).subject;
      const signed = await verify(request);
      const wallet = await transact(database, async (transaction) => {
        await lockAccount(transaction, accountId);
        await useNonce(identity, transaction, signed);
        return linkWallet(identity, transaction, { accountId, signed, context });
      });
      return { wallet: await describeWallet(wallet) };
    },

    async unlinkWallet({ userId, address }, context) {
      const accountId = ownUser(context, userId).subject;
      await transact(database, async (transaction) => {
        await lockAccount(transaction, accountId);
        const { numDeletedRows } = await transaction
          .deleteFrom('wallet')
          .where('address', '=', address.toLowerCase())
          .where('account_id', '=', accountId)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return;
        await assertCanSignIn(transaction, accountId);
        await recordAudit(identity, transaction, {
          ...{ accountId, action: 'wallet_unlinked', client: clientOf(context) },
          ...actorOf(context),
          details: { address },
        });
      });
      return {};
    },
  };
}

async function useNonce(
  { clock }: Identity,
  transaction: Transaction<DB>,
  { nonce }: SignedIn,
): Promise<void> {
  if (await takeNonce(transaction, clock, nonce)) return;
  const message = 'the nonce was not given out, is too old, or has been used';
  throw unauthenticated('WALLET_NONCE_INVALID', message);
}

/** Keeps others from the wallet, whether it is there or not. */
async function findWallet(
  transaction: Transaction<DB>,
  { address }: SignedIn,
): Promise<Selectable<WalletRow> | undefined> {
  await lockName(transaction, `wallet ${address}`);
  return transaction
    .selectFrom('wallet')
    .selectAll()
    .where('address', '=', address.toLowerCase())
    .executeTakeFirst();
}

/** @returns the id of a new account that the wallet signs in. */
async function registerWallet(
  identity: Identity,
  transaction: Transaction<DB>,
  signed: SignedIn,
): Promise<string> {
  const made = { email: null, displayName: '', method: METHOD };
  const account = await registerAccount(identity, transaction, made);
  if (!account) throw new Error('no address can be taken where there is none');
  await insertWallet(identity, transaction, account.id, signed);
  return account.id;
}

async function linkWallet(
  identity: Identity,
  transaction: Transaction<DB>,
  { accountId, signed, context }: { accountId: string; signed: SignedIn; context: CallContext },
): Promise<Selectable<WalletRow>> {
  const known = await findWallet(transaction, signed);
  if (known?.account_id === accountId) return known;
  if (known) throw failedPrecondition('WALLET_TAKEN', 'another user signs in with this wallet');
  const has = await transaction
    .selectFrom('wallet')
    .select('address')
    .where('account_id', '=', accountId)
    .execute();
  if (has.length >= MOST_WALLETS) {
    throw failedPrecondition(
      'TOO_MANY_WALLETS',
      `you have ${MOST_WALLETS} wallets: unlink one first`,
    );
  }
  await recordAudit(identity, transaction, {
    ...{ accountId, action: 'wallet_linked', client: clientOf(context) },
    ...actorOf(context),
    details: { address: signed.address },
  });
  return insertWallet(identity, transaction, accountId, signed);
}

async function insertWallet(
  { clock }: Identity,
  transaction: Transaction<DB>,
  accountId: string,
  { address, chainId }: SignedIn,
): Promise<Selectable<WalletRow>> {
  return transaction
    .insertInto('wallet')
    .values({
      ...{ address: address.toLowerCase(), account_id: accountId, chain_id: chainId },
      created_at: clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function describeWallet(row: Selectable<WalletRow>): Promise<Wallet> {
  const { checksum } = await import('ox/Address');
  return {
    address: checksum(row.address as `0x${string}`),
    chainId: row.chain_id,
    createTime: timestampFromDate(row.created_at),
  };
}
