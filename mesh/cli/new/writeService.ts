import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readServices, reservedFor } from '@weft/mesh/manifest';
import { CliError } from '../CliError.ts';
import type { NewFile } from './readTemplate.ts';

/**
 * Looks for what has the name of a new service already.
 *
 * @throws CliError that names it.
 */
export async function assertNameFree(root: string, group: string, service: string): Promise<void> {
  for (const name of [group, service]) {
    const holder = reservedFor(name);
    if (holder) throw new CliError(`${name} is the name of ${holder}`, { exitCode: 2 });
  }
  const services = await readServices(join(root, 'services')).catch((error: Error) => {
    throw new CliError(error.message);
  });
  for (const { name, jobs, folder } of services) {
    if (name === service || Object.hasOwn(jobs, service)) {
      throw new CliError(`${service} is there already, in ${folder}`);
    }
  }
  if (services.some((each) => each.group === service)) {
    throw new CliError(`${service} is the name of a group`);
  }
}

/**
 * Writes files, all or none as far as others are in the way.
 *
 * @returns their absolute paths.
 * @throws CliError that names the one that is there already.
 */
export async function writeFiles(root: string, files: readonly NewFile[]): Promise<string[]> {
  const taken = files.find(({ path }) => existsSync(join(root, path)));
  if (taken) throw new CliError(`${taken.path} is there already`);
  for (const { path, text } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { flag: 'wx' });
  }
  return files.map(({ path }) => join(root, path));
}
