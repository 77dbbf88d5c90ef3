/**
 * `withPrograms.ts COMMAND ARGS...`: runs a command that needs the real programs, such as the tests.
 * They are installed first where they are missing, and named in the environment (WEFT_CONSUL_BIN and so on).
 */
import { dirname } from 'node:path';
import { execa } from 'execa';
import { runCommand } from './cli/runCommand.ts';
import { programs } from './programs/findProgram.ts';
import { installPrograms } from './programs/installPrograms.ts';
import type { ProgramName } from './programs/Program.ts';

const [command = '', ...args] = process.argv.slice(2);

await runCommand(async (progress) => {
  const binaries = await installPrograms(progress);
  const env = Object.fromEntries(
    Object.entries(binaries).map(([name, binary]) => {
      const { variable, variableNames } = programs[name as ProgramName];
      return [variable, variableNames === 'folder' ? dirname(binary) : binary];
    }),
  );
  const { exitCode } = await execa(command, args, { env, stdio: 'inherit', reject: false });
  process.exitCode = exitCode ?? 1;
});
