import type { RateLimit } from '@weft/mesh/contracts';
import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by name, in this process: as many at once as a limit says, refilled evenly. */
export class RateLimits {
  readonly #buckets: LRUCache<string, Bucket>;
  readonly #now: () => number;

  /** @param most Buckets that are remembered; a forgotten one is full. */
  constructor(most: number, now = () => performance.now()) {
    this.#buckets = new LRUCache({ max: most });
    this.#now = now;
  }

  /** Takes one. @returns milliseconds until there is one again; 0: there was one. */
  take(name: string, { requests, perMs }: RateLimit): number {
    const now = this.#now();
    const bucket = this.#buckets.get(name) ?? { tokens: requests, at: now };
    const refilled = ((now - bucket.at) * requests) / perMs;
    bucket.tokens = Math.min(requests, bucket.tokens + refilled);
    bucket.at = now;
    this.#buckets.set(name, bucket);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * perMs) / requests);
    bucket.tokens -= 1;
    return 0;
  }
}
