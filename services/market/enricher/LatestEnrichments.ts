import type { ChainEnriched } from '@weft/proto/market/v1/enriched';
import type { Log } from '../../kit/Log.ts';
import { Watchers } from '../../kit/Watchers.ts';

export interface LatestOptions {
  /** Reads the newest of a product. */
  readonly load: (product: string) => Promise<ChainEnriched | undefined>;
  readonly log: Log;
}

/** What nobody has told of is found by then. */
const MAX_AGE_MS = 5_000;

/**
 * The newest enrichments, kept in memory for those who ask, and told to those who watch. It is told which products have changed, by
 * whichever instance has enriched them, and reads them again when somebody wants to know.
 */
export class LatestEnrichments {
  readonly #options: LatestOptions;
  readonly #known = new Map<string, { readonly enriched: ChainEnriched; readonly at: number }>();
  readonly #loading = new Map<string, Promise<ChainEnriched | undefined>>();
  readonly #watchers = new Watchers<string, ChainEnriched | undefined>();
  /** Those who watch, by product. */
  readonly #watched = new Map<string, number>();
  /** What they were told last. */
  readonly #told = new Map<string, ChainEnriched>();

  constructor(options: LatestOptions) {
    this.#options = options;
  }

  /** Undefined: there is none. At most some seconds old, and mostly no older than what is committed. */
  async get(product: string): Promise<ChainEnriched | undefined> {
    const known = this.#known.get(product);
    if (known && performance.now() - known.at < MAX_AGE_MS) return known.enriched;
    return this.#load(product);
  }

  /**
   * The newest now, if there is one, and after each change, until `signal` aborts; after a while without one the same again, or
   * undefined.
   *
   * @param after Revision of one that does not have to come at once.
   */
  async *watch(
    product: string,
    signal: AbortSignal,
    after?: string,
  ): AsyncGenerator<ChainEnriched | undefined, void> {
    this.#watched.set(product, (this.#watched.get(product) ?? 0) + 1);
    const heartbeat = () => {
      this.#refresh(product);
      return this.#told.get(product);
    };
    try {
      yield* this.#watchers.watch(
        product,
        signal,
        async (values) => {
          const current = await this.get(product);
          if (current) this.#tell(current);
          if (current && revisionOf(current) !== after) values.put(current);
        },
        heartbeat,
      );
    } finally {
      const left = (this.#watched.get(product) ?? 1) - 1;
      if (left > 0) this.#watched.set(product, left);
      else {
        this.#watched.delete(product);
        this.#told.delete(product);
      }
    }
  }

  /** @param products Undefined: all may have changed. */
  onChange(products: Iterable<string> = new Set([...this.#known.keys(), ...this.#watched.keys()])) {
    for (const product of products) {
      this.#known.delete(product);
      // What is being read now may be of before.
      this.#loading.delete(product);
      if (this.#watched.has(product)) this.#refresh(product);
    }
  }

  #refresh(product: string): void {
    this.#load(product).then(
      (enriched) => {
        if (enriched && this.#watched.has(product)) this.#tell(enriched);
      },
      (err) => this.#options.log.warn({ err, product }, 'an enrichment could not be read'),
    );
  }

  /** Two that are read at the same time may come in another order. */
  #tell(enriched: ChainEnriched): void {
    const { product, sequence } = enriched;
    if ((this.#told.get(product)?.sequence ?? 0) >= sequence) return;
    this.#told.set(product, enriched);
    this.#watchers.notify(product, () => enriched);
  }

  #load(product: string): Promise<ChainEnriched | undefined> {
    const under = this.#loading.get(product);
    if (under) return under;
    const loading = this.#options.load(product).then((enriched) => {
      if (enriched && this.#loading.get(product) === loading) {
        this.#known.set(product, { enriched, at: performance.now() });
      }
      return enriched;
    });
    this.#loading.set(product, loading);
    const end = () => {
      if (this.#loading.get(product) === loading) this.#loading.delete(product);
    };
    loading.then(end, end);
    return loading;
  }
}

/** No two of a product have one number. */
export function revisionOf({ sequence }: ChainEnriched): string {
  return String(sequence);
}
