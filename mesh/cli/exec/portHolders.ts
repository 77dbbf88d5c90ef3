import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  /** As it was started, such as "python risk.py". */
  readonly command: string;
}

const LISTEN = '0A';

/**
 * The processes that listen on a TCP port of this host, of those whose open files this user may see (proc(5)).
 * Nobody where there is no /proc.
 */
export function portHolders(port: number): PortHolder[] {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)),
  );
  if (sockets.size === 0) return [];
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      list(`/proc/${pid}/fd`).some((fd) => sockets.has(link(`/proc/${pid}/fd/${fd}`))),
    )
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
}

/** Whether a process is this one, was started by it or by one that it started, or is in a session that it leads. */
export function isOf(ancestor: number, pid: number): boolean {
  for (let each = pid; each > 1; ) {
    const { parent, session } = statOf(each);
    if (each === ancestor || session === ancestor) return true;
    each = parent;
  }
  return false;
}

/** What /proc/PID/fd says of the sockets that listen on a port. */
function listening(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTEN)
    .map((fields) => `socket:[${fields[9]}]`);
}

function statOf(pid: number): { readonly parent: number; readonly session: number } {
  // The name, in parentheses, may hold anything.
  const [, parent, , session] = read(`/proc/${pid}/stat`).split(') ').pop()?.split(' ') ?? [];
  return { parent: Number(parent ?? 0), session: Number(session ?? 0) };
}

function commandOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim();
}

// Processes come and go, and those of others are closed to us.
const read = (file: string) => orElse('', () => readFileSync(file, 'utf8'));
const list = (folder: string) => orElse([], () => readdirSync(folder));
const link = (file: string) => orElse('', () => readlinkSync(file));

function orElse<T>(otherwise: T, look: () => T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
