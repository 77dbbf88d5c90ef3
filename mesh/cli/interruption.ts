import { constants } from 'node:os';

/** Aborts when the user, or whoever reads the output, has had enough; then there is a code to exit with. */
export function interruption(): { readonly signal: AbortSignal; exitCode(): number } {
  const controller = new AbortController();
  let by: NodeJS.Signals = 'SIGINT';
  const abort = (signal: NodeJS.Signals) => {
    by = signal;
    controller.abort();
  };
  process.once('SIGINT', abort).once('SIGTERM', abort);
  process.stdout.once('error', () => abort('SIGPIPE'));
  return { signal: controller.signal, exitCode: () => 128 + constants.signals[by] };
}
