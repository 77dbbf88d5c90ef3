import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { StreamListener } from '../../kit/events/EventStream.ts';
import type { EventType } from '../../kit/events/EventType.ts';
import type { Log } from '../../kit/Log.ts';
import { Watchers } from '../../kit/Watchers.ts';

export interface ChainsOptions {
  readonly symbols: readonly string[];
  /** The last chain of a product, as it is kept. */
  readonly lastChain: (product: string) => Promise<ChainUpdated | undefined>;
  readonly log: Log;
}

const RETRY_MS = 1_000;

/** The chains as the stream has them: alike at each instance, whichever makes them. */
export class Chains implements StreamListener {
  readonly #options: ChainsOptions;
  /** Read when somebody asks: most chains are followed by another one before. */
  readonly #latest = new Map<string, () => ChainUpdated>();
  readonly #watchers = new Watchers<string, ChainUpdated | undefined>();
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ChainsOptions) {
    this.#options = options;
  }

  /** Undefined: none has been made. */
  get(product: string): ChainUpdated | undefined {
    return this.#latest.get(product)?.();
  }

  /**
   * The chain now, if there is one, and after each change, until `signal` aborts; after a while without one the same again, or
   * undefined.
   *
   * @param after Revision of a chain that does not have to come at once.
   */
  watch(
    product: string,
    signal: AbortSignal,
    after?: string,
  ): AsyncGenerator<ChainUpdated | undefined, void> {
    const begin = (chains: { put(chain: ChainUpdated): void }) => {
      const current = this.get(product);
      if (current && revisionOf(current) !== after) chains.put(current);
    };
    return this.#watchers.watch(product, signal, begin, () => this.get(product));
  }

  onEvent(product: string, decode: <T>(type: EventType<T>) => T): void {
    this.#take(product, () => decode(ChainUpdated));
  }

  onGap(): void {
    this.read().catch((err) => {
      this.#options.log.warn({ err }, 'chains could not be read');
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.onGap(), RETRY_MS).unref();
    });
  }

  /** Reads what is kept of each product, for whatever has not been heard. */
  async read(): Promise<void> {
    const { symbols, lastChain } = this.#options;
    for (const symbol of symbols) {
      const chain = await lastChain(symbol);
      const known = this.get(symbol);
      if (chain && (known?.sequence ?? 0) < chain.sequence) this.#take(symbol, () => chain);
    }
  }

  #take(product: string, decode: () => ChainUpdated): void {
    let chain: ChainUpdated | undefined;
    const read = () => {
      chain ??= decode();
      return chain;
    };
    this.#latest.set(product, read);
    this.#watchers.notify(product, read);
  }
}

/** No two chains of a product have one number. */
export function revisionOf({ sequence }: ChainUpdated): string {
  return String(sequence);
}
