/**
 * `withPrograms.ts COMMAND ARGS...`: runs a command that needs the real programs, such as the tests.
 * They are installed first where they are missing, and named in the environment (WEFT_CONSUL_BIN and so on). TMPDIR is
 * a folder of its own, which goes when it ends.
 */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { runCommand } from './cli/runCommand.ts';
import { makeRunFolder } from './host/makeRunFolder.ts';
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
  const TMPDIR = await makeRunFolder();
  try {
    const options = { env: { ...env, TMPDIR }, stdio: 'inherit', reject: false } as const;
    const { exitCode } = await execa(command, args, options);
    process.exitCode = exitCode ?? 1;
  } finally {
    // What is still being stopped may write to it: then it goes with the next run.
    await rm(TMPDIR, { recursive: true, force: true }).catch(() => {});
  }
});
