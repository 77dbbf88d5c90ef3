/** Whether the process takes calls, for /ready and gRPC health. */
export class ServingState {
  #serving = false;
  #notReadyReason: string | undefined;
  /** By the part: what keeps it from its work; undefined: nothing. */
  readonly #parts = new Map<string, string | undefined>();
  readonly #listeners = new Set<() => void>();
  readonly #onPartChange: ((reason: string | undefined) => void) | undefined;

  /** @param onPartChange Told of what setNotReady() has changed: a reason that is left, undefined for none. */
  constructor(onPartChange?: (reason: string | undefined) => void) {
    this.#onPartChange = onPartChange;
  }

  get serving(): boolean {
    return this.#serving && this.notReadyReason === undefined;
  }

  set serving(serving: boolean) {
    this.#change(() => {
      this.#serving = serving;
    });
  }

  /** What keeps a process that is up from taking calls, such as an expired certificate. */
  get notReadyReason(): string | undefined {
    return this.#notReadyReason ?? this.#partReason;
  }

  set notReadyReason(notReadyReason: string | undefined) {
    this.#change(() => {
      this.#notReadyReason = notReadyReason;
    });
  }

  /**
   * Says what keeps a part of the service from its work, such as its database; undefined: nothing does any more.
   */
  setNotReady(part: string, reason: string | undefined): void {
    this.#change(() => {
      this.#parts.set(part, reason);
    });
    this.#onPartChange?.(this.#partReason);
  }

  /** Of each part that setNotReady() has been told of: "ok", or what keeps it from its work. */
  get checks(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#parts].map(([part, reason]) => [part, reason ?? 'ok']));
  }

  get #partReason(): string | undefined {
    return this.#parts.values().find((reason) => reason !== undefined);
  }

  /** What an instance that takes calls lacks, such as one of its workers. */
  degradedReason: string | undefined;

  #change(apply: () => void): void {
    const before = this.serving;
    apply();
    if (this.serving === before) return;
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
