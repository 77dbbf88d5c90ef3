/** What waits to be sent. An array by default; columns, say, where a batch travels in columns. */
export interface BatchBuffer<Item, Batch> {
  /** Items that wait. */
  readonly length: number;
  push(item: Item): void;
  /** Takes the first items out: all, but at most so many. */
  take(max: number): Batch;
}

export interface BatchesOptions<Item, Batch> {
  /** Most items in one batch. Default: 4,096. Keep the encoded batch well below gRPC's limit of 4 MiB a message. */
  readonly maxBatchSize?: number;
  /** So many waiting items are full: a producer that can wait should. Default: 8 times `maxBatchSize`. */
  readonly capacity?: number;
  /** Default: batches are arrays. */
  readonly buffer?: BatchBuffer<Item, Batch>;
}

const DEFAULT_MAX_BATCH_SIZE = 4_096;
const DEFAULT_CAPACITY_BATCHES = 8;

/**
 * Makes batches by themselves, of what piled up while the last one was written: a lone item leaves at once, a flood
 * travels in large batches, and nothing has to be tuned. There is no timer. It works wherever the reader asks for the
 * next batch when the last one is on its way, as a stream of requests or responses does.
 *
 * One reader. It gets all items, once, in order.
 *
 * @example
 * const ticks = new Batches<Tick>();
 * exchange.on('tick', (tick) => ticks.add(tick));
 * exchange.on('close', () => ticks.end());
 * async function* requests() {
 *   for await (const batch of ticks) yield { ticks: batch };
 * }
 * await client.recordTicks(requests());
 */
export class Batches<Item, Batch = Item[]> implements AsyncIterable<Batch> {
  readonly #maxBatchSize: number;
  readonly #capacity: number;
  readonly #buffer: BatchBuffer<Item, Batch>;
  #ended = false;
  #error: { readonly cause: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeProducers: PromiseWithResolvers<void> | undefined;

  constructor(
    ...[options]: Item[] extends Batch
      ? [options?: BatchesOptions<Item, Batch>]
      : [options: BatchesOptions<Item, Batch> & { readonly buffer: BatchBuffer<Item, Batch> }]
  ) {
    const {
      maxBatchSize = DEFAULT_MAX_BATCH_SIZE,
      capacity = maxBatchSize * DEFAULT_CAPACITY_BATCHES,
      buffer,
    } = options ?? {};
    this.#maxBatchSize = maxBatchSize;
    this.#capacity = capacity;
    this.#buffer = buffer ?? (new ArrayBatchBuffer<Item>() as unknown as BatchBuffer<Item, Batch>);
  }

  /** As many items wait as should. More can be added; a producer that can wait awaits `waitForCapacity()` first. */
  get isFull(): boolean {
    return !this.#ended && this.#buffer.length >= this.#capacity;
  }

  /** Nobody will read what is added from now on: `end` or `fail` was called, or the reader has left. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Adds an item. Does nothing after the end. */
  add(item: Item): void {
    if (this.#ended) return;
    this.#buffer.push(item);
    this.#wakeReader?.();
  }

  /** Resolves when it is not full, or has ended. */
  async waitForCapacity(): Promise<void> {
    while (this.isFull) {
      this.#wakeProducers ??= Promise.withResolvers();
      await this.#wakeProducers.promise;
    }
  }

  /** The reader gets what waits, and then the end. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The reader gets this error at once; what waits is lost. Does nothing after the end. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = { cause: error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    try {
      for (;;) {
        if (this.#error) throw this.#error.cause;
        if (this.#buffer.length > 0) {
          const batch = this.#buffer.take(this.#maxBatchSize);
          if (!this.isFull) this.#letProducersGoOn();
          yield batch;
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
          this.#wakeReader = undefined;
        }
      }
    } finally {
      this.end();
    }
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#letProducersGoOn();
  }

  #letProducersGoOn(): void {
    this.#wakeProducers?.resolve();
    this.#wakeProducers = undefined;
  }
}

class ArrayBatchBuffer<Item> implements BatchBuffer<Item, Item[]> {
  #items: Item[] = [];

  get length(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  take(max: number): Item[] {
    if (this.#items.length > max) return this.#items.splice(0, max);
    const all = this.#items;
    this.#items = [];
    return all;
  }
}
