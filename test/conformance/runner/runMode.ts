import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const here = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Which side of a call our runtime is. */
export type Mode = 'server' | 'client';

/**
 * Runs the cases for one side, and ends with 0 when all pass but those that known-failing/ names.
 *
 * @param binary The conformance runner.
 * @param selection Its options that choose cases. Default: all.
 */
export async function runMode(
  binary: string,
  mode: Mode,
  signal: AbortSignal,
  selection: readonly string[] = [],
): Promise<{ exitCode: number; output: string }> {
  const args = [
    ...['--mode', mode, '--conf', here('config.yaml'), ...selection],
    ...['--known-failing', `@${here(`known-failing/${mode}.txt`)}`],
    ...['--', process.execPath, '--no-deprecation', here(`program/${mode}.ts`)],
  ];
  const { exitCode = 1, all } = await execa(binary, args, {
    all: true,
    stdin: 'ignore',
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  return { exitCode, output: all };
}
