import type { RateLimit } from '@weft/mesh/contracts';
import { LRUCache } from 'lru-cache';
import { TokenBucket } from '../../../kit/TokenBucket.ts';

/** Token buckets by name, in this process. */
export class RateLimits {
  readonly #buckets: LRUCache<string, TokenBucket>;

  /** @param most Buckets that are remembered; a forgotten one is full. */
  constructor(most: number) {
    this.#buckets = new LRUCache({ max: most });
  }

  /** Takes one. @returns milliseconds until there is one again; 0: there was one. */
  take(name: string, limit: RateLimit): number {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = new TokenBucket(limit);
      this.#buckets.set(name, bucket);
    }
    return bucket.take();
  }
}
