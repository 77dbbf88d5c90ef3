import type { TickBatch } from '@weft/proto/market/v1/market_data';
import { Latest } from '../../../kit/Latest.ts';
import type { Sender, Source } from './Source.ts';

/** Where a call's ticks go. */
export interface Intake {
  apply(batch: TickBatch, source: Source): void;
  /** Resolves when more may be applied. */
  waitForCapacity(): Promise<void>;
}

/** One call that sends the ticks of a source. A newer call that sends the same takes its place. */
export class SourceStream implements Sender {
  readonly #intake: Intake;
  readonly #source: Source;
  readonly #acknowledgements = new Latest<number>();

  constructor(intake: Intake, source: Source) {
    this.#intake = intake;
    this.#source = source;
    source.attach(this);
  }

  /**
   * Committed sequence numbers, the newest only; the first is where the sender goes on. Ends after
   * `finish`, and throws when the call cannot go on.
   */
  get acknowledgements(): AsyncIterable<number> {
    return this.#acknowledgements;
  }

  /**
   * Takes in a batch's new ticks. Resolves when there is room for the next batch.
   *
   * @throws RpcError INVALID_ARGUMENT for a batch that breaks the contract: none of it is taken.
   */
  async receive(batch: TickBatch): Promise<void> {
    if (!this.#source.isSentBy(this)) return;
    this.#intake.apply(batch, this.#source);
    await this.#intake.waitForCapacity();
  }

  /** The sender has no more: ends once its last tick is committed and acknowledged. */
  async finish(): Promise<void> {
    await this.#source.settled;
    this.#acknowledgements.end();
  }

  acknowledge(sequence: number): void {
    this.#acknowledgements.put(sequence);
  }

  fail(error: unknown): void {
    this.#acknowledgements.fail(error);
    this.close();
  }

  /** The call has ended. What it sent is committed nevertheless. */
  close(): void {
    this.#source.detach(this);
  }
}
