import { readFile } from 'node:fs/promises';
import { isAlive, listPids, readEnvironment } from './procfs.ts';

/** What the processes under one name hold. */
export interface Memory {
  /** The one that was started; the others are its children. */
  readonly pid: number;
  /** How many there are. */
  readonly processes: number;
  /**
   * Proportional set size of all of them, in bytes: what they share with others counts by its part, so that the sum
   * over all is what they take together. Undefined: the system does not let us look.
   */
  readonly bytes: number | undefined;
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly environment: readonly string[];
}

/**
 * Looks at the processes that a supervisor runs, by the names that it gave them: workers and other children count with
 * those that started them, and the supervisor itself is "supervisord". Linux only: it reads /proc.
 *
 * @param supervisor Its process id.
 */
export async function readMemory(supervisor: number): Promise<ReadonlyMap<string, Memory>> {
  const found = await Promise.all((await listPids()).map(look));
  const children = new Map<number, number[]>();
  for (const { pid, parent } of found) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const started = found.flatMap(({ pid, parent, environment }) => {
    const name = parent === supervisor ? nameIn(environment) : undefined;
    return name === undefined ? [] : [{ name, pid, pids: withDescendants(pid, children) }];
  });
  started.push({ name: 'supervisord', pid: supervisor, pids: [supervisor] });
  return new Map(
    await Promise.all(
      started.map(async ({ name, pid, pids }): Promise<[string, Memory]> => {
        const sizes = await Promise.all(pids.map(proportionalSize));
        const known = sizes.every((size) => size !== undefined);
        const bytes = known ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
        return [name, { pid, processes: pids.length, bytes }];
      }),
    ),
  );
}

/** Set by supervisord for each process that it starts: http://supervisord.org/subprocess.html#subprocess-environment */
function nameIn(environment: readonly string[]): string | undefined {
  const variable = 'SUPERVISOR_PROCESS_NAME=';
  return environment.find((each) => each.startsWith(variable))?.slice(variable.length);
}

async function look(pid: number): Promise<Found> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The state and the parent follow the name, which stands in brackets and may hold any character.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), environment: await readEnvironment(pid) };
}

function withDescendants(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => withDescendants(child, children))];
}

/** In bytes; 0 for one that has ended meanwhile. */
async function proportionalSize(pid: number): Promise<number | undefined> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1_024;
  } catch {
    return (await isAlive(pid)) ? undefined : 0;
  }
}
