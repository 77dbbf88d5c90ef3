/** Whether the process takes calls, for /ready and gRPC health. */
export class ServingState {
  #serving = false;
  readonly #listeners = new Set<() => void>();

  get serving(): boolean {
    return this.#serving;
  }

  set serving(serving: boolean) {
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const listener of this.#listeners) listener();
  }

  /** Resolves with the next change; rejects when the signal aborts. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const changed = () => {
        forget();
        resolve();
      };
      const aborted = () => {
        forget();
        reject(signal.reason);
      };
      const forget = () => {
        this.#listeners.delete(changed);
        signal.removeEventListener('abort', aborted);
      };
      if (signal.aborted) return reject(signal.reason);
      this.#listeners.add(changed);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
