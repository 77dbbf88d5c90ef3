import type { Kysely } from 'kysely';
import type { Client } from '../client/Client.ts';
import type { DB } from '../database.ts';
import type { Identity } from '../Identity.ts';

/** An account's owner has shown who he is, from there: what others try elsewhere will not shut him out. */
export async function rememberNetwork(
  { clock }: Identity,
  database: Kysely<DB>,
  accountId: string,
  { network }: Client,
): Promise<void> {
  if (network === '') return;
  const usedAt = clock.now();
  await database
    .insertInto('known_network')
    .values({ account_id: accountId, network, used_at: usedAt })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'network']).doUpdateSet({ used_at: usedAt }),
    )
    .execute();
}
