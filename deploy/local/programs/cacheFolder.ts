import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where installed programs are kept, for all clones of this user.
 *
 * WEFT_CACHE, else /var/cache/weft for root (PostgreSQL's user must be able to enter it, and root's
 * home is closed), else `weft` below XDG_CACHE_HOME or ~/.cache.
 */
export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.(),
): string {
  if (environment.WEFT_CACHE) return environment.WEFT_CACHE;
  if (uid === 0) return '/var/cache/weft';
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'weft');
}
