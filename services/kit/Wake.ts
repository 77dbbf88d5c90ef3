/** Wakes a loop that waits for work. A call that comes while the loop works is not missed: it wakes the next wait. */
export class Wake {
  #waiting = Promise.withResolvers<void>();

  /** There is work. */
  call(): void {
    this.#waiting.resolve();
  }

  /**
   * Resolves with the next call from now on, after `timeoutMs`, or when the signal aborts. Take it before looking for work,
   * and await it after.
   */
  next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const called = Promise.withResolvers<void>();
    this.#waiting = called;
    const timer = setTimeout(called.resolve, timeoutMs);
    const abort = () => called.resolve();
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    return called.promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  }
}
