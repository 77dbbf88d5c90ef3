import type { User } from '@weft/proto/identity/v1/user';
import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import { describeUser } from '../accounts/describeUser.ts';
import type { Account, DB } from '../database.ts';

type Accounts = SelectQueryBuilder<DB, 'account', Selectable<Account>>;

/**
 * Users as others see them.
 *
 * @param choose Says which, and in what order.
 */
export async function readUsers(
  database: Kysely<DB>,
  choose: (accounts: Accounts) => Accounts,
): Promise<User[]> {
  const rows = await choose(database.selectFrom('account').selectAll('account'))
    .leftJoin('totp', 'totp.account_id', 'account.id')
    .select('totp.confirmed_at')
    .execute();
  return rows.map(({ confirmed_at, ...account }) =>
    describeUser({ account, secondFactor: confirmed_at !== null }),
  );
}
