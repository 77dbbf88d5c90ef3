import { constants } from 'node:os';
import { CliError } from '../CliError.ts';

const WATCH_EVERY_MS = 500;
const STOPPING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

/**
 * What this process is asked by signals to do: to stop, and when asked again, to stop now. npm and npx hand no signal on
 * and leave what they have started running: under them, their end asks it to stop.
 */
export class StopSignals {
  readonly #controller = new AbortController();
  readonly #handler = (signal: NodeJS.Signals) => this.#receive(signal);
  #again: ((signal: NodeJS.Signals) => void) | undefined;
  #first: NodeJS.Signals = 'SIGTERM';
  #watching: NodeJS.Timeout | undefined;

  constructor() {
    for (const signal of STOPPING) process.on(signal, this.#handler);
    if (process.env.npm_command !== undefined) this.#watch(process.ppid);
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
    clearInterval(this.#watching);
  }

  #watch(parent: number): void {
    this.#watching = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(this.#watching);
      this.#receive('SIGTERM');
    }, WATCH_EVERY_MS).unref();
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
