import { RpcError, Status } from '@weft/mesh/runtime';
import type { KnownBars } from './writeBars.ts';

/** What of a source is committed. */
export interface Acknowledgement {
  /** Number of its last tick, or bar; 0: none. */
  readonly sequence: number;
  /** Bars that were there already. */
  readonly bars: KnownBars;
}

/** Who is told how a source's ticks fare. */
export interface Sender {
  acknowledge(acknowledgement: Acknowledgement): void;
  fail(error: Error): void;
}

/** A sequence of ticks, or of bars, that is known by name: how far it has come, and the one call that sends it. */
export class Source {
  readonly name: string;
  #applied: number;
  #committed: Acknowledgement;
  #settled: Promise<void> = Promise.resolve();
  #sender: Sender | undefined;

  /** @param committed What the database holds. */
  constructor(name: string, committed: Acknowledgement) {
    this.name = name;
    this.#applied = committed.sequence;
    this.#committed = committed;
  }

  /** Number of the last tick applied to the book. */
  get applied(): number {
    return this.#applied;
  }

  /** Number of the last tick committed. */
  get committed(): number {
    return this.#committed.sequence;
  }

  /** Settles when the last tick applied is committed, or will never be. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Makes this the call that sends the source; the one before it is ABORTED. The new one learns where to go on. */
  attach(sender: Sender): void {
    this.fail(new RpcError(Status.ABORTED, `another call has begun to send source ${this.name}`));
    this.#sender = sender;
    sender.acknowledge(this.#committed);
  }

  /** The call has ended. Harmless when another has taken its place. */
  detach(sender: Sender): void {
    if (this.#sender === sender) this.#sender = undefined;
  }

  isSentBy(sender: Sender): boolean {
    return this.#sender === sender;
  }

  /** Ticks up to this number are in the book, and will be committed when `committed` says so. */
  markApplied(sequence: number, committed: Promise<void>): void {
    this.#applied = sequence;
    this.#settled = committed;
  }

  /**
   * Ticks up to this number are committed: the sender is told.
   *
   * @param known Of the bars that were committed with it.
   */
  markCommitted(sequence: number, known?: KnownBars): void {
    const { repeated, corrected } = this.#committed.bars;
    const bars = known
      ? { repeated: repeated + known.repeated, corrected: corrected + known.corrected }
      : this.#committed.bars;
    this.#committed = { sequence, bars };
    this.#sender?.acknowledge(this.#committed);
  }

  /** Ends the call that sends it. */
  fail(error: Error): void {
    this.#sender?.fail(error);
  }
}
