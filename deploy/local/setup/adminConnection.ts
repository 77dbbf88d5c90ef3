import pg from 'pg';
import type { Folders } from '../settings/Folders.ts';
import type { Ports } from '../settings/ports.ts';
import { secret } from './secret.ts';

/** The superuser of the local server. */
export const adminRole = 'weft';

/** The URL of the local server's superuser. */
export async function localAdminUrl(folders: Folders, ports: Ports): Promise<string> {
  const password = await secret(folders, adminRole);
  return `postgresql://${adminRole}:${password}@127.0.0.1:${ports.postgres}/postgres`;
}

/** @throws when this is no URL of PostgreSQL, or the server does not let us in within three seconds. */
export async function connectAsAdmin(url: string): Promise<pg.Client> {
  const { protocol, host } = URL.parse(url) ?? {};
  if (!protocol || !/^postgres(ql)?:$/.test(protocol)) {
    // The URL itself stays unsaid: it may hold a password.
    throw new Error('DATABASE_URL must be like postgresql://user:password@host:5432/postgres');
  }
  const client = new pg.Client({
    connectionString: url,
    application_name: 'weft-up',
    connectionTimeoutMillis: 3_000,
  });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`PostgreSQL at ${host} does not let us in: ${message}`, { cause });
  }
}
