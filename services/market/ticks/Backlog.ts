import type { Pace } from './Pace.ts';
import type { SourceBatch, TickSource } from './TickSource.ts';

/** Some 20 MB, and several commits at full speed. */
const MOST_UNACKNOWLEDGED = 524_288;

/**
 * What was read from a source and is not acknowledged yet. A call that breaks off takes nothing with it: the next one
 * sends from here what the receiver lacks, and then goes on reading.
 */
export class Backlog {
  readonly #source: TickSource;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #most: number;
  #batches: SourceBatch[] = [];
  #tickCount = 0;
  /** How many batches have been dropped from the front of `batches`, ever. */
  #dropped = 0;
  #acknowledged = 0;
  #reading: Reading | undefined;
  #wakeReader: (() => void) | undefined;

  /**
   * @param signal Ends the reading: no more ticks are wanted.
   * @param most With so many ticks unacknowledged, no more are read. Default: 524,288.
   */
  constructor(source: TickSource, pace: Pace, signal: AbortSignal, most = MOST_UNACKNOWLEDGED) {
    this.#source = source;
    this.#pace = pace;
    this.#signal = signal;
    this.#most = most;
  }

  /** All ticks of the source have been acknowledged. */
  get isFinished(): boolean {
    return this.#reading?.ended === true && this.#batches.length === 0;
  }

  /**
   * The batches that follow a tick, as many as the receiver may be sent. Ends with the source.
   *
   * @param after What the receiver has. If that is less than it had acknowledged, the source is read again.
   */
  async *batchesAfter(after: number): AsyncGenerator<SourceBatch, void> {
    if (this.#reading === undefined || after < this.#acknowledged) this.#readFrom(after);
    this.acknowledge(after);
    let position = this.#dropped;
    for (;;) {
      const batch = await this.#batchAt(position);
      if (batch === undefined) return;
      position = Math.max(position, this.#dropped) + 1;
      yield batch;
    }
  }

  /** The receiver has committed all ticks up to this number. */
  acknowledge(sequence: number): void {
    this.#acknowledged = sequence;
    let count = 0;
    for (const batch of this.#batches) {
      if ((batch.sequence.at(-1) as number) > sequence) break;
      this.#tickCount -= batch.sequence.length;
      count++;
    }
    if (count === 0) return;
    this.#batches.splice(0, count);
    this.#dropped += count;
    this.#wakeReader?.();
  }

  #readFrom(after: number): void {
    this.#reading?.stopping.abort();
    const stopping = new AbortController();
    const signal = AbortSignal.any([this.#signal, stopping.signal]);
    const ticks = this.#source.ticks(after, this.#pace, signal)[Symbol.asyncIterator]();
    this.#reading = { ticks, stopping, pending: undefined, ended: false };
    this.#dropped += this.#batches.length;
    this.#batches = [];
    this.#tickCount = 0;
  }

  /** The batch at this position, or the first that is not acknowledged if it is behind that. */
  async #batchAt(position: number): Promise<SourceBatch | undefined> {
    const reading = this.#reading as Reading;
    while (reading === this.#reading) {
      const batch = this.#batches[Math.max(position - this.#dropped, 0)];
      if (batch !== undefined || reading.ended) return batch;
      if (this.#tickCount < this.#most) {
        reading.pending ??= this.#read(reading);
        await reading.pending;
      } else {
        await this.#waitForCapacity();
      }
    }
    return undefined;
  }

  async #read(reading: Reading): Promise<void> {
    const { done, value } = await reading.ticks.next();
    reading.pending = undefined;
    if (reading !== this.#reading) return;
    if (done) {
      reading.ended = true;
      return;
    }
    this.#batches.push(value);
    this.#tickCount += value.sequence.length;
  }

  #waitForCapacity(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve;
    });
  }
}

interface Reading {
  readonly ticks: AsyncIterator<SourceBatch>;
  /** Ends this reading alone. */
  readonly stopping: AbortController;
  /** The batch that is being read. A call that broke off may have asked for it; the next one waits for the same. */
  pending: Promise<void> | undefined;
  ended: boolean;
}
