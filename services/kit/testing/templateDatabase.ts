import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createPool } from '../database/createPool.ts';
import { migrate } from '../database/migrate.ts';

/**
 * The name of a database that these migrations have been applied to, from which others are made. It is made where there
 * is none yet; whoever asks at the same time waits.
 *
 * @param serverUrl Of a role that may create databases.
 * @param migrations Their folder. Others, or changed ones, have a template of their own.
 */
export async function templateDatabase(serverUrl: string, migrations: string): Promise<string> {
  const name = `weft_template_${await hashOf(migrations)}`;
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const known = await client.query('select from pg_database where datname = $1', [name]);
    if (known.rowCount) return name;
    const unfinished = `${name}_new`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    await applyMigrations(onServer(serverUrl, unfinished), migrations);
    await client.query(`alter database ${unfinished} rename to ${name}`);
    return name;
  } finally {
    // Its end gives back the lock.
    await client.end();
  }
}

/** The URL of another database of the same server. */
export function onServer(serverUrl: string, database: string): string {
  return serverUrl.replace(/\/[^/?]*(\?|$)/, `/${database}$1`);
}

async function applyMigrations(url: string, folder: string): Promise<void> {
  const pool = createPool({ url, applicationName: 'template', onConnectionError: () => {} });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(database, folder);
  } finally {
    await database.destroy();
  }
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).toSorted()) {
    hash.update(`${name}\0`).update(await readFile(path.join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
