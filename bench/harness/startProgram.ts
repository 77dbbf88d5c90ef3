import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that takes what it writes. Default: nowhere. */
  readonly log?: string;
}

/**
 * Starts a program that is not Node. The kernel kills it when this process dies in whatever way: `setpriv` (of
 * util-linux) asks for that, and then becomes the program.
 */
export async function startProgram(
  command: readonly string[],
  { env = {}, cwd, log }: ProgramOptions,
  cleanup: AsyncDisposableStack,
): Promise<ChildProcess> {
  const output = log === undefined ? 'ignore' : openSync(log, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    ...(cwd === undefined ? {} : { cwd }),
  });
  await once(child, 'spawn');
  cleanup.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}
