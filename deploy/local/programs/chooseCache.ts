import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cacheFolder.ts';
import { isExecutable } from './findOnPath.ts';

/** Where something is kept, or is to be installed. */
export interface ChosenCache {
  /** Its own folder below the cache. */
  readonly folder: string;
  readonly isInstalled: boolean;
  /** Why it is not the folder that WEFT_CACHE names. */
  readonly reason?: string;
}

/**
 * Chooses the cache for something installed: that of WEFT_CACHE, unless it is another user's, as root's is, and what is
 * needed can be neither run nor installed there; then this user's own.
 *
 * @param name Of its folder below the cache.
 * @param binary Path of its program below that folder.
 * @throws when it lies there and cannot be run, and there is no other cache.
 */
export async function chooseCache(
  name: string,
  binary: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ChosenCache> {
  const folder = join(cacheFolder(environment), name);
  if (await isExecutable(join(folder, binary))) return { folder, isInstalled: true };
  const problem = await problemOf(folder);
  if (problem === undefined) return { folder, isInstalled: false };

  const own = join(cacheFolder({ ...environment, WEFT_CACHE: undefined }), name);
  if (own === folder) throw new Error(problem);
  const reason = `WEFT_CACHE is of no use: ${problem}`;
  return { folder: own, isInstalled: await isExecutable(join(own, binary)), reason };
}

/** Why something that cannot be run cannot be installed either. */
async function problemOf(folder: string): Promise<string | undefined> {
  const isThere = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return `what lies in ${folder} cannot be run by this user`;
  if (await isWritable(dirname(folder))) return undefined;
  return `this user may not write to ${dirname(folder)}`;
}

/** Whether a folder can be written to, or made. */
async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    return dirname(folder) !== folder && isWritable(dirname(folder));
  }
}
