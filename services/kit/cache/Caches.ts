import { randomBytes } from 'node:crypto';
import type { CallOptions, GrpcService, RequestOf, ResponseOf } from '@weft/mesh/runtime';
import type { Kysely } from 'kysely';
import { notify } from '../database/notify.ts';
import { onCommitted } from '../database/transact.ts';
import type { KitContext } from '../defineService.ts';
import { Cache, type CacheOptions } from './Cache.ts';

/** What caches need of a service's context. */
type Context = Pick<
  KitContext<unknown, never>,
  'contracts' | 'guard' | 'log' | 'observe' | 'onStop'
> & {
  readonly database: unknown;
  readonly watch: KitContext<unknown, never>['watch'];
};

/** What one instance tells the others: a cache and its keys; without keys, all. */
interface Invalidation {
  readonly from: string;
  readonly cache: string;
  readonly keys?: readonly string[];
}

const CHANNEL = 'weft_cache';
/** PostgreSQL takes 8,000 bytes. */
const MOST_PAYLOAD = 7_500;

type AnyCache = Pick<Cache<unknown>, 'name' | 'counts' | 'size' | 'forget'>;

/**
 * The caches of one instance. What one instance invalidates, the others drop, as PostgreSQL tells them (NOTIFY, on the
 * connection that follows the database); when that connection has been away, they drop all.
 *
 * ```ts
 * setup: (context) => {
 *   const caches = new Caches(context);
 *   const products = caches.open({ name: 'product', maxAgeMs: 60_000, load: (id) => read(database, id) });
 * ```
 */
export class Caches {
  readonly #context: Context;
  readonly #caches = new Map<string, AnyCache>();
  readonly #self = randomBytes(8).toString('hex');
  readonly #waiting = new Map<string, Set<string>>();

  constructor(context: Context) {
    this.#context = context;
    const { watch, onStop, observe } = context;
    if (watch) onStop(watch.listen(CHANNEL, (payload) => this.#hear(payload)));
    observe((meter) => {
      meter
        .createObservableCounter('weft.cache.requests', {
          unit: '{request}',
          description:
            'What caches were asked for: hit, miss, stale (old, as nothing could be loaded)',
        })
        .addCallback((result) => {
          for (const { name, counts } of this.#caches.values()) {
            for (const [outcome, count] of Object.entries(counts)) {
              result.observe(count, { cache: name, outcome });
            }
          }
        });
    });
  }

  /** @throws Error when there is a cache of this name. */
  open<Value>(options: CacheOptions<Value>): Cache<Value> {
    const { name } = options;
    if (this.#caches.has(name)) throw new Error(`there is a cache "${name}" already`);
    const cache = new Cache(options, (keys, transaction) =>
      this.#announce(name, keys, transaction),
    );
    this.#caches.set(name, cache);
    return cache;
  }

  /**
   * Keeps the answers of a method of another service, for as long as its contract says (weft.policy.v1.cache), and calls it
   * behind a circuit breaker. The call is the service's own, so only a method that answers all callers alike can be kept.
   *
   * @param keyOf Tells requests apart, and is what `invalidate` is given.
   * @throws Error for a method whose contract has no `cache`.
   */
  openCalls<Service extends GrpcService, Name extends keyof Service['methods'] & string>(
    service: Service,
    name: Name,
    call: (
      request: RequestOf<Service['methods'][Name]>,
      options?: CallOptions,
    ) => Promise<ResponseOf<Service['methods'][Name]>>,
    keyOf: (request: RequestOf<Service['methods'][Name]>) => string,
  ): CachedCalls<RequestOf<Service['methods'][Name]>, ResponseOf<Service['methods'][Name]>> {
    const path = `/${service.fullName}/${service.methods[name]?.name}`;
    const policy = this.#context.contracts.method(path)?.cache;
    if (!policy) throw new Error(`${path}: its contract has no cache`);
    type Request = RequestOf<Service['methods'][Name]>;
    const requests = new Map<string, Request>();
    const guarded = this.#context.guard<Request, Answer<ResponseOf<Service['methods'][Name]>>>(
      async (request, options) => ({ response: await call(request, options) }),
      { name: `cache ${path}`, fallback: (outage) => ({ outage }) },
    );
    const cache = this.open<ResponseOf<Service['methods'][Name]>>({
      ...{ name: path, ...policy },
      isOutage: (error) => error instanceof Outage,
      load: async (key) => {
        const answer = await guarded(requests.get(key) as Request);
        if ('response' in answer) return answer.response;
        throw new Outage(answer.outage);
      },
    });
    return {
      async call(request) {
        const key = keyOf(request);
        requests.set(key, request);
        // Whether it loads shows before it waits.
        const answer = cache.get(key);
        requests.delete(key);
        try {
          return await answer;
        } catch (error) {
          throw error instanceof Outage ? error.cause : error;
        }
      },
      invalidate: (keys, transaction) => cache.invalidate(keys, transaction),
    };
  }

  #announce(cache: string, keys: readonly string[], transaction: object | undefined): void {
    const tell = () => this.#tell(cache, keys);
    if (transaction === undefined) tell();
    else if (!onCommitted(transaction, tell)) {
      throw new Error('invalidate() takes a transaction of transact(), whose end is known');
    }
  }

  #tell(cache: string, keys: readonly string[]): void {
    this.#caches.get(cache)?.forget(keys);
    if (!this.#context.watch) return;
    // What is dropped in one turn goes out together.
    if (this.#waiting.size === 0) setImmediate(() => this.#send());
    const waiting = this.#waiting.get(cache) ?? new Set();
    for (const key of keys) waiting.add(key);
    this.#waiting.set(cache, waiting);
  }

  #send(): void {
    const { database, log } = this.#context;
    for (const [cache, keys] of this.#waiting) {
      const some = JSON.stringify({ from: this.#self, cache, keys: [...keys] });
      const all = JSON.stringify({ from: this.#self, cache });
      const payload = Buffer.byteLength(some) <= MOST_PAYLOAD ? some : all;
      notify(database as Kysely<unknown>, CHANNEL, payload).catch((err) =>
        log.warn({ err, cache }, 'other instances do not know what has changed'),
      );
    }
    this.#waiting.clear();
  }

  #hear(payload: string | undefined): void {
    if (payload === undefined) {
      for (const cache of this.#caches.values()) cache.forget();
      return;
    }
    const { from, cache, keys } = JSON.parse(payload) as Invalidation;
    if (from !== this.#self) this.#caches.get(cache)?.forget(keys);
  }
}

/** Calls of another service whose answers are kept. */
export interface CachedCalls<Request, Response> {
  /** The answer, which may be as old as its contract says. @throws what the call throws. */
  call(request: Request): Promise<Response>;
  invalidate(keys: readonly string[], transaction?: object): void;
}

type Answer<Response> = { readonly response: Response } | { readonly outage: unknown };

/** The service that answers could not be reached, or was too slow. */
class Outage extends Error {
  constructor(cause: unknown) {
    super('outage', { cause });
  }
}
