import { type Progress, print } from '../Progress.ts';

/**
 * Runs a command of `make`: an error becomes its message and exit code 1; Ctrl-C and its like abort
 * `progress.signal`, and become exit code 130.
 */
export async function runCommand(action: (progress: Progress) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
  }
  try {
    await action({ report: print, signal: interrupted.signal });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  }
}
