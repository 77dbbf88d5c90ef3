import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type HandshakeTarget, probeHandshake } from './probeHandshake.ts';

/** After a failure. */
const RETRY_MS = 1_000;

/**
 * Fewer failures say nothing: while certificates are renewed under a new root, one side may have read them already and the
 * other not. Files are read once a second (see writeBootstrap), so after two seconds both have.
 */
const FAILURES = 3;

export interface HandshakeWatchOptions {
  /** Where to connect, asked anew each time. */
  readonly target: () => HandshakeTarget;
  /** How often, in milliseconds. */
  readonly everyMs: number;
  readonly log: Logger;
  /** Told why no peer can connect, and undefined when they can again. */
  readonly onChange: (reason: string | undefined) => void;
}

/** Sees to it that a server which no peer can connect to does not count as ready. */
export class HandshakeWatch {
  readonly #options: HandshakeWatchOptions;
  readonly #stop = new AbortController();
  #reason: string | undefined;

  constructor(options: HandshakeWatchOptions) {
    this.#options = options;
    this.#run().catch(() => {});
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Rejects when it is stopped. */
  async #run(): Promise<never> {
    const { target, everyMs } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    for (;;) {
      await sleep(failures ? RETRY_MS : everyMs, undefined, { signal, ref: false });
      const reason = await probeHandshake(target()).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      signal.throwIfAborted();
      failures = reason === undefined ? 0 : failures + 1;
      if (failures === 0 || failures >= FAILURES) this.#tell(reason);
    }
  }

  #tell(reason: string | undefined): void {
    const { log, onChange } = this.#options;
    if (reason === this.#reason) return;
    this.#reason = reason;
    if (reason === undefined) log.info('peers can connect again');
    else log.error({ reason }, 'no peer can connect to this instance');
    onChange(reason);
  }
}
