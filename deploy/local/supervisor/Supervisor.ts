import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { marker } from '../host/meshProcesses.ts';
import { isAlive, readEnvironment } from '../host/procfs.ts';
import type { Folders } from '../settings/Folders.ts';
import type { Group } from './ProcessSpec.ts';

/** What supervisord says of one process. */
export interface ProcessState {
  readonly name: string;
  /** With its group, as supervisorctl wants it: "services:analytics". */
  readonly qualified: string;
  /** Such as "RUNNING" or "BACKOFF": http://supervisord.org/subprocess.html#process-states */
  readonly state: string;
  /** Such as "pid 4711, uptime 0:01:05". */
  readonly detail: string;
  readonly pid: number | undefined;
}

/** Exit codes of "start": 7 when one did not stay up for a second, and is going to be tried again. */
const startedOrNot = [0, 7];

/** supervisord and its own client, for the mesh in one folder. */
export class Supervisor {
  readonly #folders: Folders;
  readonly #binary: string;

  /** @param binary Path of supervisord; supervisorctl lies beside it. */
  constructor(folders: Folders, binary: string) {
    this.#folders = folders;
    this.#binary = binary;
  }

  /** Its process id, if it runs. */
  static async pid(folders: Folders): Promise<number | undefined> {
    const pid = Number(await readFile(folders.supervisorPid, 'utf8').catch(() => ''));
    if (!pid || !(await isAlive(pid))) return undefined;
    // The number may have passed on to another process since.
    const environment = await readEnvironment(pid);
    return environment.includes(`${marker}=${folders.home}`) ? pid : undefined;
  }

  /** Starts supervisord in the background; it starts nothing by itself. */
  async start(environment: NodeJS.ProcessEnv): Promise<void> {
    await execa(this.#binary, ['--configuration', this.#folders.supervisorConfig], {
      cwd: this.#folders.home,
      env: environment,
      extendEnv: false,
      stdin: 'ignore',
    });
  }

  /** Reads the configuration anew; stops processes whose part of it has changed. */
  async update(): Promise<void> {
    await this.#ask(['update'], [0]);
  }

  async states(): Promise<ProcessState[]> {
    // 3: not all of them run.
    return (await this.#ask(['status'], [0, 3])).split('\n').filter(Boolean).map(parseState);
  }

  /** Starts all processes of a group; harmless on those that run. Does not wait until they work. */
  async startGroup(group: Group): Promise<void> {
    await this.#ask(['start', `${group}:*`], startedOrNot);
  }

  async startProcess(name: string): Promise<void> {
    await this.#ask(['start', await this.#qualify(name)], startedOrNot);
  }

  /** Stops one process, gracefully, and leaves it stopped. */
  async stopProcess(name: string): Promise<void> {
    await this.#ask(['stop', await this.#qualify(name)], [0]);
  }

  async #qualify(name: string): Promise<string> {
    const state = (await this.states()).find((one) => one.name === name);
    if (!state) throw new Error(`no process of this mesh is called ${name}`);
    return state.qualified;
  }

  async #ask(args: readonly string[], allowed: readonly number[]): Promise<string> {
    const client = join(dirname(this.#binary), 'supervisorctl');
    const { exitCode, stdout, stderr } = await execa(
      client,
      ['--configuration', this.#folders.supervisorConfig, ...args],
      { reject: false, stdin: 'ignore', cwd: this.#folders.home },
    );
    if (exitCode === undefined || !allowed.includes(exitCode)) {
      throw new Error(`supervisorctl ${args.join(' ')}: ${stdout} ${stderr}`.trim());
    }
    return stdout;
  }
}

/** Reads a line such as "services:analytics   RUNNING   pid 4711, uptime 0:01:05". */
function parseState(line: string): ProcessState {
  const [, qualified = '', state = '', detail = ''] = /^(\S+)\s+([A-Z]+)\s*(.*)$/.exec(line) ?? [];
  if (!state) throw new Error(`supervisorctl printed what cannot be read: ${line}`);
  const pid = /^pid (\d+)/.exec(detail)?.[1];
  return {
    name: qualified.slice(qualified.indexOf(':') + 1),
    qualified,
    state,
    detail,
    pid: pid === undefined ? undefined : Number(pid),
  };
}
