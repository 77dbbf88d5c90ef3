import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { killProgram, spawnProgram } from '../../mesh/testing/spawnProgram.ts';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that takes what it writes. Default: nowhere. */
  readonly log?: string;
}

/** Starts a program that is not Node, which dies with this process in whatever way that ends. */
export async function startProgram(
  command: readonly string[],
  { env = {}, cwd, log }: ProgramOptions,
  cleanup: AsyncDisposableStack,
): Promise<ChildProcess> {
  const output = log === undefined ? 'ignore' : openSync(log, 'a');
  const child = spawnProgram(command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    ...(cwd === undefined ? {} : { cwd }),
  });
  cleanup.defer(() => killProgram(child));
  return child;
}
