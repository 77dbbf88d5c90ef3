import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this clone. */
export const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The state folder of this clone's mesh: WEFT_HOME, else `.weft` in the clone. Root's lies below
 * /var/lib/weft, because PostgreSQL's user must be able to enter it.
 */
export function defaultHome(
  environment: NodeJS.ProcessEnv = process.env,
  uid = process.getuid?.(),
): string {
  if (environment.WEFT_HOME) return environment.WEFT_HOME;
  if (uid !== 0) return join(clone, '.weft');
  const digest = createHash('sha256').update(clone).digest('hex').slice(0, 8);
  return join('/var/lib/weft', `${basename(clone)}-${digest}`);
}
