import { join } from 'node:path';
import type { Progress } from '../Progress.ts';
import { chooseCache } from './chooseCache.ts';
import { findProgram, programs } from './findProgram.ts';
import { installOnce } from './installOnce.ts';
import type { ProgramName } from './Program.ts';

/** Programs that are run only where a service needs them. */
type Engine = 'nats-server' | 'postgres' | 'victoria-logs';

/** Paths of the binaries that are needed. */
export type Binaries = Readonly<Omit<Record<ProgramName, string>, Engine>> &
  Partial<Readonly<Record<Engine, string>>>;

const everything = Object.keys(programs) as ProgramName[];

/**
 * Finds programs, and installs those that are nowhere to be found.
 *
 * @param needed Default: all.
 * @throws with the end of the installer's output when one cannot be installed.
 */
export async function installPrograms<Name extends ProgramName = ProgramName>(
  progress: Progress,
  needed: readonly Name[] = everything as Name[],
): Promise<Record<Name, string>> {
  const binaries: [Name, string][] = [];
  for (const name of needed) binaries.push([name, await installProgram(name, progress)]);
  return Object.fromEntries(binaries) as Record<Name, string>;
}

async function installProgram(name: ProgramName, progress: Progress): Promise<string> {
  const found = await findProgram(name, progress.report);
  if (found !== undefined) return found;
  const program = programs[name];
  const { folder, reason } = await chooseCache(await program.cacheName(), program.binary);
  const started = Date.now();
  progress.report(`Installing ${name} into ${folder}${reason === undefined ? '' : `: ${reason}`}`);
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
