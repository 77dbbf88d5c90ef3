import { once } from 'node:events';
import { mkdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';

/** What sun_path holds on Linux, the zero at its end left out: see unix(7). */
const LONGEST_PATH = 107;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Whether it is short enough. */
export function canBeSocket(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_PATH;
}

/**
 * Makes way for a Unix socket: its folder, closed to others where it is new, is there afterwards, and what a process has left
 * behind that could not remove its own is not.
 *
 * @throws Error when somebody else listens there, no socket can have such a path, or others could put theirs in its place.
 */
export async function makeWayForSocket(path: string): Promise<void> {
  if (!canBeSocket(path)) {
    throw new Error(`the path of a Unix socket has ${LONGEST_PATH} bytes at most: ${path}`);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await assertOutOfReach(path);
  if (await isListening(path)) throw new Error(`EADDRINUSE: somebody listens on ${path}`);
  await rm(path, { force: true });
}

/**
 * Who may write to the folder of a socket can listen in its owner's place while its owner is away.
 *
 * @throws Error when somebody else could. The folder may be missing.
 */
export async function assertOutOfReach(path: string): Promise<void> {
  let isNearest = true;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(ifMissing);
    if (found && isNearest && found.uid !== process.getuid?.() && found.uid !== 0) {
      throw new Error(`${folder} belongs to another user, who could take ${path}`);
    }
    // Nobody moves away what is another's in a sticky folder such as /tmp, but who makes what is missing there is first.
    const isOpen =
      found && found.mode & WRITABLE_BY_OTHERS && (isNearest || !(found.mode & STICKY));
    if (isOpen) {
      throw new Error(`others may write to ${folder}, and so could take ${path}`);
    }
    if (found) isNearest = false;
    if (folder === dirname(folder)) return;
  }
}

async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
