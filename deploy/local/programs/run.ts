import { type ExecaError, execa } from 'execa';
import type { Progress } from '../Progress.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of output as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a command to its end.
 *
 * @returns what it wrote, both streams together.
 * @throws with the end of what it wrote when it fails.
 */
export async function run(
  command: string,
  args: readonly string[],
  { signal }: Pick<Progress, 'signal'>,
  options: RunOptions = {},
): Promise<string> {
  const { onLine, ...rest } = options;
  const child = execa(command, args, {
    ...rest,
    all: true,
    stdin: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: 5_000,
  });
  try {
    for await (const line of child.iterable({ from: 'all' })) onLine?.(line);
    return (await child).all;
  } catch (cause) {
    signal.throwIfAborted();
    const { shortMessage, all = '' } = cause as ExecaError & { all?: string };
    const end = all.trimEnd().split('\n').slice(-15).join('\n  ');
    throw new Error(`${shortMessage}\n  ${end}`, { cause });
  }
}
