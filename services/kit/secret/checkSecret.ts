import { ConfigError } from '@weft/mesh/runtime';
import { type Kysely, sql } from 'kysely';
import type { Secret } from './Secret.ts';
import { secretVariable } from './SecretFile.ts';

/**
 * Makes sure that all who use a service's database have the same secret; the first to come decides. A migration of the
 * service makes the table `secret_check`, of one row.
 *
 * @throws ConfigError for another one: what is sealed here would not open.
 */
export async function checkSecret<DB>(database: Kysely<DB>, secret: Secret): Promise<void> {
  const fingerprint = secret.mac('fingerprint', Buffer.alloc(0));
  await sql`insert into secret_check (fingerprint) values (${fingerprint}) on conflict do nothing`.execute(
    database,
  );
  const { rows } = await sql<{ fingerprint: Buffer }>`select fingerprint from secret_check`.execute(
    database,
  );
  if (rows[0]?.fingerprint.equals(fingerprint)) return;
  const variable = secretVariable(secret.service);
  throw new ConfigError(
    `${variable} holds another secret than the one that this database is used with`,
  );
}
