import { ROOT_CONTEXT, context as scope, trace } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';

export interface CacheOptions<Value> {
  /** Tells it from others of the service, such as "product". */
  readonly name: string;
  /**
   * Reads what belongs to a key. It runs for all who wait, and so for the service itself: without the principal, the
   * deadline and the end of the call that happens to ask first.
   */
  readonly load: (key: string) => Promise<Value>;
  /** Milliseconds for which a value is given without looking again. */
  readonly maxAgeMs: number;
  /** Milliseconds after that for which it may still be given, while it cannot be loaded. Default 0. */
  readonly staleIfErrorMs?: number;
  /** Whether a value may stand in for what this error keeps away. Default: for none. */
  readonly isOutage?: (error: unknown) => boolean;
  /** Values at most; the longest unused goes first. Default 1,000. */
  readonly maxEntries?: number;
}

interface Entry<Value> {
  readonly value: Value;
  /** In milliseconds, of performance.now(). */
  readonly loadedAt: number;
}

/** What `get` has answered by. */
export interface CacheCounts {
  hit: number;
  miss: number;
  stale: number;
}

/** How long an old value is given before the next try. */
const RETRY_MS = 1_000;

/**
 * Values that are kept in this process: one load for many who wait, a bounded age, old values while new ones cannot be had.
 * Caches of a service's instances are kept together by Caches.
 */
export class Cache<Value> {
  readonly name: string;
  readonly counts: CacheCounts = { hit: 0, miss: 0, stale: 0 };
  readonly #entries: LRUCache<string, Entry<Value>>;
  #announce: (keys: readonly string[], transaction: object | undefined) => void;

  /** @param announce Tells other instances. Default: there are none. */
  constructor(
    {
      name,
      load,
      maxAgeMs,
      staleIfErrorMs = 0,
      isOutage = () => false,
      maxEntries = 1_000,
    }: CacheOptions<Value>,
    announce: (keys: readonly string[], transaction: object | undefined) => void = (keys) =>
      this.forget(keys),
  ) {
    this.name = name;
    this.#announce = announce;
    this.#entries = new LRUCache({
      max: maxEntries,
      ttl: maxAgeMs,
      // Who has begun to wait before a value was dropped gets it; it is not kept.
      ignoreFetchAbort: true,
      fetchMethod: async (key, before, { options }) => {
        try {
          const value = await outsideOfCall(() => load(key));
          this.counts.miss += 1;
          return { value, loadedAt: performance.now() };
        } catch (error) {
          const age = before ? performance.now() - before.loadedAt : Infinity;
          if (!before || age > maxAgeMs + staleIfErrorMs || !isOutage(error)) throw error;
          this.counts.stale += 1;
          options.ttl = RETRY_MS;
          return before;
        }
      },
    });
  }

  /** The value of a key. @throws what loading it throws. */
  async get(key: string): Promise<Value> {
    const known = this.#entries.get(key, { allowStale: false, noDeleteOnStaleGet: true });
    if (known) {
      this.counts.hit += 1;
      return known.value;
    }
    const entry = await this.#entries.fetch(key);
    if (!entry) throw new Error(`nothing was loaded for ${key}`);
    return entry.value;
  }

  /**
   * Drops values here and at all other instances of the service, because what they were loaded from has changed.
   *
   * @param transaction The change is made in it, by transact(): they are dropped when it has been committed. Without one
   *   they are dropped at once.
   */
  invalidate(keys: readonly string[], transaction?: object): void {
    this.#announce(keys, transaction);
  }

  /** Drops values here alone; without keys, all. */
  forget(keys?: readonly string[]): void {
    if (keys === undefined) this.#entries.clear();
    else for (const key of keys) this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** Runs something for nobody in particular. It keeps its place in the trace. */
function outsideOfCall<Result>(work: () => Result): Result {
  const span = trace.getActiveSpan();
  return scope.with(span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT, work);
}
