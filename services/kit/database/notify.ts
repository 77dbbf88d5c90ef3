import { type Kysely, sql } from 'kysely';

/**
 * Sends NOTIFY to all who listen on a channel: see DatabaseWatch. Called after the commit that it tells of, and not in its
 * transaction: there, the commits of the whole server would wait for each other. It waits for no disk: a server that loses
 * its power with it has lost its listeners, too, and these look for themselves when they are back.
 *
 * @param payload At most 8,000 bytes.
 */
export async function notify(
  database: Kysely<unknown>,
  channel: string,
  payload = '',
): Promise<void> {
  await sql`
    select set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${payload})`.execute(
    database,
  );
}
