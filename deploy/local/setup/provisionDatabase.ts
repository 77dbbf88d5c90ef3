import pg from 'pg';
import { connectAsAdmin } from './adminConnection.ts';

/** The role of a service, and the name of its database. */
export function databaseName(service: string): string {
  return `weft_${service.replaceAll('-', '_')}`;
}

/** The URL by which a service reaches its own database on the server of `adminUrl`. */
export function databaseUrl(adminUrl: string, service: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = databaseName(service);
  url.password = password;
  url.pathname = `/${databaseName(service)}`;
  return url.href;
}

/**
 * Gives a service a role and a database that no other role may connect to. Harmless when it has them.
 *
 * @param adminUrl A role that may create roles and databases.
 */
export async function provisionDatabase(
  adminUrl: string,
  service: string,
  password: string,
): Promise<void> {
  const name = databaseName(service);
  const client = await connectAsAdmin(adminUrl);
  try {
    const role = await client.query('select from pg_roles where rolname = $1', [name]);
    const verb = role.rowCount ? 'alter' : 'create';
    await client.query(`${verb} role ${name} login password ${pg.escapeLiteral(password)}`);
    const database = await client.query('select from pg_database where datname = $1', [name]);
    if (database.rowCount) return;
    // Who is no superuser must be of a role to make it the owner of something.
    await client.query(`grant ${name} to current_user`);
    await client.query(`create database ${name} owner ${name}`);
    await client.query(`revoke all on database ${name} from public`);
  } finally {
    await client.end();
  }
}
