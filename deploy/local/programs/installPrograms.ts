import { join } from 'node:path';
import type { Progress } from '../Progress.ts';
import { cacheFolder } from './cacheFolder.ts';
import { findProgram, programs } from './findProgram.ts';
import { installOnce } from './installOnce.ts';
import type { ProgramName } from './Program.ts';

/** Paths of the binaries. */
export type Binaries = Readonly<Record<ProgramName, string>>;

/**
 * Finds all programs, and installs those that are nowhere to be found.
 *
 * @throws with the end of the installer's output when one cannot be installed.
 */
export async function installPrograms(progress: Progress): Promise<Binaries> {
  const names = Object.keys(programs) as ProgramName[];
  const binaries: [ProgramName, string][] = [];
  for (const name of names) binaries.push([name, await installProgram(name, progress)]);
  return Object.fromEntries(binaries) as Record<ProgramName, string>;
}

async function installProgram(name: ProgramName, progress: Progress): Promise<string> {
  const found = await findProgram(name, progress.report);
  if (found !== undefined) return found;
  const program = programs[name];
  const folder = join(cacheFolder(), await program.cacheName());
  const started = Date.now();
  progress.report(`Installing ${name} into ${folder}`);
  try {
    await installOnce(folder, (made) => program.install(made, progress), progress);
  } catch (cause) {
    progress.signal.throwIfAborted();
    throw new Error(
      `${name} could not be installed: ${(cause as Error).message}\n` +
        `Where no package registry can be reached, name one of your own in ${program.variable}.`,
      { cause },
    );
  }
  progress.report(`Installed ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
  return join(folder, program.binary);
}
