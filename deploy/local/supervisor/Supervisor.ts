import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive, marker, readEnvironment } from '@weft/mesh/local';
import { execa } from 'execa';
import type { Folders } from '../settings/Folders.ts';
import { askSupervisor, SupervisorFault } from './askSupervisor.ts';

/** What supervisord says of one process. */
export interface ProcessState {
  readonly name: string;
  /** Such as "RUNNING" or "BACKOFF": http://supervisord.org/subprocess.html#process-states */
  readonly state: string;
  /** Such as "pid 4711, uptime 0:01:05". */
  readonly detail: string;
  readonly pid: number | undefined;
}

/** What supervisord says of a process that it has started already, or could not start and is going to try again. */
const startedOrNot = [60, 50, 40];
const notRunning = 70;

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
  async launch(environment: NodeJS.ProcessEnv): Promise<void> {
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

  /** The end of what a process has said, at most 300 characters of it; "" when it has said nothing. */
  async lastLine(name: string): Promise<string> {
    const log = await readFile(this.#folders.logOf(name), 'utf8').catch(() => '');
    return (log.trimEnd().split('\n').at(-1) ?? '').slice(0, 300);
  }

  /** Starts processes, all at once; harmless on those that run. Does not wait until they work, but a second. */
  async start(names: readonly string[]): Promise<void> {
    await this.#each(names, 'startProcess', startedOrNot);
  }

  /** Stops processes gracefully, all at once, and leaves them stopped; harmless on those that do not run. */
  async stop(names: readonly string[]): Promise<void> {
    await this.#each(names, 'stopProcess', [notRunning]);
  }

  async #each(
    names: readonly string[],
    method: 'startProcess' | 'stopProcess',
    harmless: readonly number[],
  ): Promise<void> {
    const { supervisorSocket } = this.#folders;
    await Promise.all(
      names.map(async (name) => {
        try {
          await askSupervisor(supervisorSocket, method, name);
        } catch (error) {
          if (error instanceof SupervisorFault && harmless.includes(error.code)) return;
          throw error;
        }
      }),
    );
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

/** Reads a line such as "analytics   RUNNING   pid 4711, uptime 0:01:05". */
function parseState(line: string): ProcessState {
  const [, name = '', state = '', detail = ''] = /^(\S+)\s+([A-Z]+)\s*(.*)$/.exec(line) ?? [];
  if (!state) throw new Error(`supervisorctl printed what cannot be read: ${line}`);
  const pid = /^pid (\d+)/.exec(detail)?.[1];
  return { name, state, detail, pid: pid === undefined ? undefined : Number(pid) };
}
