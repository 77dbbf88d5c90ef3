import { constants } from 'node:os';
import { CliError } from '../CliError.ts';

const STOPPING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/** What this process is asked by signals to do: to stop, and when asked again, to stop now. */
export class StopSignals {
  readonly #controller = new AbortController();
  readonly #handler = (signal: NodeJS.Signals) => this.#receive(signal);
  #again: ((signal: NodeJS.Signals) => void) | undefined;
  #first: NodeJS.Signals = 'SIGTERM';

  constructor() {
    for (const signal of STOPPING) process.on(signal, this.#handler);
  }

  /** Aborts at the first signal. */
  get requested(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal; SIGTERM while there has been none. */
  get first(): NodeJS.Signals {
    return this.#first;
  }

  /** Whom to tell of the second signal and all later ones. */
  onAgain(listener: (signal: NodeJS.Signals) => void): void {
    this.#again = listener;
  }

  /** From now on signals do what they do to any process. */
  release(): void {
    for (const signal of STOPPING) process.off(signal, this.#handler);
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.#controller.signal.aborted) {
      this.#again?.(signal);
      return;
    }
    this.#first = signal;
    const exitCode = 128 + constants.signals[signal];
    this.#controller.abort(new CliError(`stopped by ${signal}`, { exitCode }));
  }
}
