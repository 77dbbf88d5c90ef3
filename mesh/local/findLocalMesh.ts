import { readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultHome } from './defaultHome.ts';
import { marker } from './marker.ts';
import { isAlive, readEnvironment } from './procfs.ts';

/** Name of the record in the state folder. */
export const RECORD_FILE = 'mesh.json';
/** Name of the file with the supervisor's process id, in the state folder. */
export const SUPERVISOR_PID_FILE = 'supervisord.pid';

/** One process that `make up` has started. */
export interface LocalProcess {
  readonly name: string;
  /** Where a person finds it, such as a URL. */
  readonly where: string;
}

/** What `make up` writes down for the commands that come after. */
export interface LocalMesh {
  /** State folder. */
  readonly home: string;
  /** Process id of the supervisor. */
  readonly supervisor: number;
  /** What a command needs in its environment to speak with this mesh. */
  readonly environment: Readonly<Record<string, string>>;
  /** What runs, in the order of its start. */
  readonly processes: readonly LocalProcess[];
}

/**
 * The mesh of WEFT_HOME, or else of this clone, by its record.
 *
 * @returns undefined when none runs there, or it is another user's.
 */
export async function findLocalMesh(
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalMesh | undefined> {
  const path = resolve(defaultHome(env));
  const home = await realpath(path).catch(() => path);
  const pid = Number(await readFile(join(home, SUPERVISOR_PID_FILE), 'utf8').catch(() => ''));
  if (!pid || !(await isAlive(pid))) return undefined;
  // The number may have passed on to another process since.
  if (!(await readEnvironment(pid)).includes(`${marker}=${home}`)) return undefined;
  const record = await readFile(join(home, RECORD_FILE), 'utf8').catch(() => undefined);
  if (record === undefined) return undefined;
  const { environment, processes } = JSON.parse(record) as Partial<LocalMesh>;
  return environment && processes && { home, supervisor: pid, environment, processes };
}
