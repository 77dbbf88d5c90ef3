import { readFile } from 'node:fs/promises';
import { listDescriptors, listPids, readCommand } from '@weft/mesh/local';

/** Who listens on a port. */
export interface PortHolder {
  /** Absent when the process belongs to another user, whom the system does not let us look at. */
  readonly pid?: number;
  readonly command?: string;
  readonly uid: number;
}

/** State of a listening socket in /proc/net/tcp. */
const listening = '0A';

/** Finds who listens on a TCP port, on whatever address. Linux only: it reads /proc. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) {
      // sl, local address:port, remote address:port, state, queues, timer, retransmits, uid, timeout, inode
      const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
      if (state !== listening || Number.parseInt(local.split(':')[1] ?? '', 16) !== port) continue;
      return { uid: Number(uid), ...(await ownerOf(`socket:[${inode}]`)) };
    }
  }
  return undefined;
}

/** One line that names the holder, such as "pid 4711 (nginx: master process)". */
export function describeHolder(holder: PortHolder | undefined): string {
  if (holder === undefined) return 'a process that cannot be seen from here';
  if (holder.pid === undefined) return `a process of the user with uid ${holder.uid}`;
  return `pid ${holder.pid} (${holder.command})`;
}

async function ownerOf(socket: string): Promise<{ pid: number; command: string } | undefined> {
  for (const pid of await listPids()) {
    if (!(await listDescriptors(pid)).includes(socket)) continue;
    return { pid, command: await readCommand(pid) };
  }
  return undefined;
}
