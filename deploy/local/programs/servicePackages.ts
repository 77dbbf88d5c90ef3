import { join } from 'node:path';
import type { ServiceFolder } from '@weft/mesh/manifest';
import type { Progress } from '../Progress.ts';
import { chooseEnvironment, ensureEnvironment } from './python.ts';

type Service = Pick<ServiceFolder, 'name' | 'folder' | 'run'>;

/** Folder of the environment that a service's manifest asks for by `run.requirements`; undefined: it asks for none. */
export async function packagesFolder({ folder, run }: Service): Promise<string | undefined> {
  if (run?.requirements === undefined) return undefined;
  return (await chooseEnvironment(join(folder, run.requirements))).folder;
}

/**
 * Makes the environments that services ask for and that are not there yet.
 *
 * @throws Error that names the service when its packages cannot be installed.
 */
export async function installPackages(
  services: readonly Service[],
  progress: Progress,
): Promise<void> {
  for (const { name, folder, run } of services) {
    if (run?.requirements === undefined) continue;
    const requirements = join(folder, run.requirements);
    if ((await chooseEnvironment(requirements)).isInstalled) continue;
    progress.report(`Installing the packages of ${name}`);
    try {
      await ensureEnvironment(requirements, progress);
    } catch (cause) {
      progress.signal.throwIfAborted();
      throw new Error(
        `the packages of ${name} (${requirements}) could not be installed: ${(cause as Error).message}\n` +
          'What else there is runs without them: name it in ONLY.',
        { cause },
      );
    }
  }
}
