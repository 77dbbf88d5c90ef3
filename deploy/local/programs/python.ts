import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../Progress.ts';
import { type ChosenCache, chooseCache } from './chooseCache.ts';
import { findOnPath } from './findOnPath.ts';
import { installOnce } from './installOnce.ts';
import { isAtLeast } from './isAtLeast.ts';
import { readVersion } from './readVersion.ts';
import { run } from './run.ts';

/** Oldest Python that the packages accept. */
const oldest = '3.10';

const howToGet =
  'Install it (Debian, Ubuntu: apt-get install python3 python3-venv; ' +
  'Fedora: dnf install python3; Alpine is not supported: the packages need glibc), then try again.';

/** Folder name of the environment for a file of requirements; a new one whenever they change. */
export async function environmentName(requirements: string): Promise<string> {
  const digest = createHash('sha256').update(await readFile(requirements));
  return `python-${digest.digest('hex').slice(0, 12)}`;
}

/** Makes a virtual environment with the given requirements in the folder. */
export async function makeEnvironment(
  folder: string,
  requirements: string,
  progress: Progress,
): Promise<void> {
  const python = await findPython();
  await run(python, ['-m', 'venv', folder], progress).catch((cause) => {
    throw new Error(`Python's venv module does not work. ${howToGet}\n${cause.message}`, { cause });
  });
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
  await run(
    join(folder, 'bin/python'),
    [...pip, '--no-deps', '--require-hashes', '--requirement', requirements],
    progress,
    { onLine: (line) => /^(Collecting|Installing)/.test(line) && progress.report(`  ${line}`) },
  );
}

/** Where the (shared) environment for a file of requirements lies, or is to be made. */
export async function chooseEnvironment(requirements: string): Promise<ChosenCache> {
  return chooseCache(await environmentName(requirements), 'bin/python');
}

/** The folder of the (shared) environment for a file of requirements, made if it is missing. */
export async function ensureEnvironment(requirements: string, progress: Progress): Promise<string> {
  const { folder, reason } = await chooseEnvironment(requirements);
  if (reason !== undefined) progress.report(`  Taking ${folder}: ${reason}`);
  await installOnce(folder, (made) => makeEnvironment(made, requirements, progress), progress);
  return folder;
}

/** Python on PATH. @throws Error that says how to get it. */
export async function findPython(): Promise<string> {
  const python = await findOnPath('python3');
  if (python === undefined) throw new Error(`Python ${oldest} or later is needed. ${howToGet}`);
  const version = await readVersion(python);
  if (!isAtLeast(version, oldest)) {
    throw new Error(`Python ${oldest} or later is needed; ${python} is ${version}. ${howToGet}`);
  }
  return python;
}
