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
  // Where nobody reads on, as behind `| head`, what is under way is done all the same.
  process.stdout.on('error', () => {});
  try {
    await action({ report: print, signal: interrupted.signal });
  } catch (error) {
    const { aborted, reason } = interrupted.signal;
    const message = aborted ? `Stopped: ${reason.message}` : (error as Error).message;
    process.stderr.write(`${message}\n`);
    process.exitCode = aborted ? 130 : 1;
  }
}
