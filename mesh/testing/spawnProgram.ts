import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
  type SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a program that the kernel kills when this process dies in whatever way: `setpriv` (of util-linux) asks for
 * that by prctl(2), PR_SET_PDEATHSIG, and then becomes the program.
 *
 * @returns the process, which has the program's own pid. Where there is no such program, it ends with 127.
 */
export function spawnProgram(
  command: readonly string[],
  options?: SpawnOptionsWithoutStdio,
): ChildProcessWithoutNullStreams;
export function spawnProgram(command: readonly string[], options: SpawnOptions): ChildProcess;
export function spawnProgram(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], options);
}

/** Whether it has not ended. */
export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Ends it by SIGKILL, and waits until it has ended. Harmless when it has. */
export async function killProgram(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
