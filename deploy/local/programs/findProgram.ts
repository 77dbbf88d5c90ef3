import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chooseCache } from './chooseCache.ts';
import { consul } from './consul.ts';
import { envoy } from './envoy.ts';
import { findOnPath, isExecutable } from './findOnPath.ts';
import { isAtLeast } from './isAtLeast.ts';
import { natsServer } from './natsServer.ts';
import type { Program, ProgramName } from './Program.ts';
import { postgres } from './postgres.ts';
import { readVersion } from './readVersion.ts';
import { supervisord } from './supervisord.ts';
import { victoriaLogs } from './victoriaLogs.ts';

export const programs: Readonly<Record<ProgramName, Program>> = {
  consul,
  envoy,
  'nats-server': natsServer,
  postgres,
  supervisord,
  'victoria-logs': victoriaLogs,
};

/**
 * Looks for a program without installing it: its environment variable, PATH, the cache.
 *
 * @param report Told why a program on PATH is not taken. Default: nobody.
 * @returns the path of the binary, or undefined when it has to be installed.
 * @throws when the environment variable names something that is not there.
 */
export async function findProgram(
  name: ProgramName,
  report: (line: string) => void = () => {},
): Promise<string | undefined> {
  const program = programs[name];
  return (
    (await fromVariable(program)) ?? (await fromPath(program, report)) ?? (await fromCache(program))
  );
}

async function fromVariable(program: Program): Promise<string | undefined> {
  const value = process.env[program.variable];
  if (!value) return undefined;
  const binary = program.variableNames === 'folder' ? join(value, program.name) : value;
  if (!(await isExecutable(binary))) {
    throw new Error(`${program.variable}: ${binary} is not there, or is no executable`);
  }
  return binary;
}

async function fromPath(
  program: Program,
  report: (line: string) => void,
): Promise<string | undefined> {
  const found = await findOnPath(program.name);
  if (found === undefined) return undefined;
  const version = await readVersion(found);
  if (!isAtLeast(version, program.oldest)) {
    report(`${program.name} ${version} (${found}) is not the ${program.oldest} wanted: not used`);
    return undefined;
  }
  // The programs that belong to it lie beside the binary itself, not beside a link to it.
  const binary = await realpath(found);
  for (const companion of program.companions) {
    if (await isExecutable(join(dirname(binary), companion))) continue;
    report(`${program.name} ${version} (${found}) comes without ${companion}: not used`);
    return undefined;
  }
  return binary;
}

async function fromCache(program: Program): Promise<string | undefined> {
  const { folder, isInstalled } = await chooseCache(await program.cacheName(), program.binary);
  return isInstalled ? join(folder, program.binary) : undefined;
}
