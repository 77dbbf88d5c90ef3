import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Folders } from '../settings/Folders.ts';
import { keepSecret } from './keepSecret.ts';

/** A password kept in a file of its own: made up the first time it is asked for. */
export function secret(folders: Folders, name: string): Promise<string> {
  return keepSecret(join(folders.secrets, name), () => randomBytes(24).toString('hex'));
}
