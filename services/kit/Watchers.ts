import { Latest } from './Latest.ts';

/**
 * Longest silence of a stream that ends at callers outside. They, and proxies between, take one of 15 s and more for a
 * connection that is lost.
 */
export const HEARTBEAT_MS = 10_000;

/** Who watches what: each watcher of a key is told its newest value, and skips those that it is too slow for. */
export class Watchers<Key, Value> {
  readonly #byKey = new Map<Key, Set<Latest<Value>>>();

  /** Tells all watchers of a key. `makeValue` is called only when there are some. */
  notify(key: Key, makeValue: () => Value): void {
    const watchers = this.#byKey.get(key);
    if (watchers === undefined) return;
    const value = makeValue();
    for (const watcher of watchers) watcher.put(value);
  }

  /** Nothing more will come: watchers get the value that they have not read yet, and then the end. */
  end(key: Key): void {
    for (const watcher of this.#byKey.get(key) ?? []) watcher.end();
  }

  /**
   * The values of a key from now on, until `end` is called or `signal` aborts.
   *
   * @param begin Runs when nothing can be missed any more: it may put the value as it stands, and end at once what has
   *   no future.
   * @param heartbeat What comes after HEARTBEAT_MS without a value: the value as it stands. Default: nothing does.
   */
  async *watch(
    key: Key,
    signal: AbortSignal,
    begin: (values: Pick<Latest<Value>, 'put' | 'end'>) => void | Promise<void>,
    heartbeat?: () => Value,
  ): AsyncGenerator<Value, void> {
    const values = new Latest<Value>();
    const watchers = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, watchers.add(values));
    const end = () => values.end();
    signal.addEventListener('abort', end);
    const silence = heartbeat && setInterval(() => values.put(heartbeat()), HEARTBEAT_MS).unref();
    try {
      await begin(values);
      if (signal.aborted) end();
      for await (const value of values) {
        silence?.refresh();
        yield value;
      }
    } finally {
      clearInterval(silence);
      signal.removeEventListener('abort', end);
      watchers.delete(values);
      if (watchers.size === 0) this.#byKey.delete(key);
    }
  }
}
