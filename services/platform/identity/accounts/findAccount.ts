import type { Kysely, Selectable } from 'kysely';
import type { Account, DB } from '../database.ts';

/** An account with what signing in to it takes. */
export interface FoundAccount {
  readonly account: Selectable<Account>;
  /** Undefined: it has no password. */
  readonly passwordHash: string | undefined;
  /** Whether it takes a code, too. */
  readonly secondFactor: boolean;
  /** Whether its owner has signed in from this network before. */
  readonly isKnownNetwork: boolean;
}

/** @param email In small letters. */
export function findAccountByEmail(database: Kysely<DB>, email: string, network: string) {
  return find(database, 'email', email, network);
}

export function findAccount(database: Kysely<DB>, id: string, network: string) {
  return find(database, 'id', id, network);
}

async function find(
  database: Kysely<DB>,
  column: 'email' | 'id',
  value: string,
  network: string,
): Promise<FoundAccount | undefined> {
  const row = await database
    .selectFrom('account')
    .leftJoin('password', 'password.account_id', 'account.id')
    .leftJoin('totp', 'totp.account_id', 'account.id')
    .leftJoin('known_network', (join) =>
      join
        .onRef('known_network.account_id', '=', 'account.id')
        .on('known_network.network', '=', network),
    )
    .selectAll('account')
    .select(['password.hash', 'totp.confirmed_at', 'known_network.network'])
    .where(`account.${column}`, '=', value)
    .executeTakeFirst();
  if (!row) return undefined;
  const { hash, confirmed_at, network: known, ...account } = row;
  return {
    account,
    passwordHash: hash ?? undefined,
    secondFactor: confirmed_at !== null,
    isKnownNetwork: known !== null,
  };
}
