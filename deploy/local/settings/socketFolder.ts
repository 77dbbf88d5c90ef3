import { lstatSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The longest path that a Unix socket may have on every system, in bytes. */
const LONGEST_PATH = 100;
/** The longest name of one, with room for more. */
const LONGEST_NAME = 'a-rather-long-name.sock';

/**
 * Where the sockets of a mesh lie: `sockets` in its state folder, or, where that path is none for a socket, the
 * folder that a link of this name leads to.
 */
export function locateSockets(home: string): string {
  const usual = join(home, 'sockets');
  return readLink(usual) ?? usual;
}

/**
 * Makes the folder of a mesh's sockets, closed to others, if it is missing. Nothing in its name can be guessed where
 * others may write beside it; one that is not there any more, or that somebody else has made since, is left for a new
 * one.
 *
 * @param parent Of folders for paths that are too long, or have spaces in them. Default: XDG_RUNTIME_DIR, else that of temporary files.
 */
export async function makeSocketFolder(
  home: string,
  parent: string = process.env.XDG_RUNTIME_DIR || tmpdir(),
): Promise<void> {
  const usual = join(home, 'sockets');
  if (isUsable(usual)) {
    await mkdir(usual, { recursive: true, mode: 0o700 });
    return;
  }
  const linked = readLink(usual);
  if (linked !== undefined && isOurs(linked)) return;
  const made = await mkdtemp(join(parent, 'weft-'));
  await rm(usual, { force: true });
  await symlink(made, usual);
}

/** Removes the folder where it is not a part of the state folder. */
export async function removeSocketFolder(home: string): Promise<void> {
  const linked = readLink(join(home, 'sockets'));
  if (linked !== undefined && isOurs(linked)) await rm(linked, { recursive: true, force: true });
}

/** Consul takes addresses with spaces between them, and templates. */
function isUsable(folder: string): boolean {
  const isShort = Buffer.byteLength(join(folder, LONGEST_NAME)) <= LONGEST_PATH;
  return isShort && !/[\s{}]/.test(folder);
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (['ENOENT', 'EINVAL', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw error;
  }
}

/** Whether it is a folder, not a link to one, that is ours and closed to others. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return false;
  return found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
