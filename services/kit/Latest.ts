/**
 * Hands the newest value from one writer to one reader that may be slower: a value not yet read is
 * replaced by the next, so that waiting takes the memory of one value.
 *
 * @example
 * const progress = new Latest<number>();
 * progress.put(1);
 * progress.put(2);
 * for await (const value of progress) ... // 2, then what is put next, until end() or fail()
 */
export class Latest<T> implements AsyncIterable<T> {
  #value: { readonly of: T } | undefined;
  #ended = false;
  #error: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Replaces the value that has not been read yet. Does nothing after the end. */
  put(value: T): void {
    if (this.#ended) return;
    this.#value = { of: value };
    this.#wake?.();
  }

  /** The reader gets the last value, if it has not yet, and then the end. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The reader gets this error at once, without the value that it has not read. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = { cause: error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.#error) throw this.#error.cause;
      if (this.#value) {
        const { of } = this.#value;
        this.#value = undefined;
        yield of;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
