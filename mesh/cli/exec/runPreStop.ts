import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Child } from './Child.ts';

export interface PreStopOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: { readonly drainMs: number };
  readonly log: Logger;
}

/**
 * Runs the command by which a program that cannot drain is made to. It is given up after `drainMs` and when the
 * program ends; whatever comes of it, stopping goes on: its failure is logged.
 */
export async function runPreStop(
  command: string,
  { env, config, log }: PreStopOptions,
  child: Pick<Child, 'ended'>,
): Promise<void> {
  const signal = AbortSignal.any([child.ended, AbortSignal.timeout(config.drainMs)]);
  // A group of its own, so that what it has started ends with it.
  const hook = spawn('sh', ['-c', command], { env, stdio: ['ignore', 2, 2], detached: true });
  const kill = () => {
    if (hook.pid !== undefined) process.kill(-hook.pid, 'SIGKILL');
  };
  const ended = once(hook, 'exit');
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [code, by] = await ended;
    if (code !== 0)
      log.warn({ command, exitCode: code, signal: by }, 'the pre-stop command failed');
  } catch (err) {
    log.warn({ err, command }, 'the pre-stop command could not be run');
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
