import type { BarBatch, TickBatch } from '@weft/proto/market/v1/market_data';
import { Latest } from '../../../kit/Latest.ts';
import type { Acknowledgement, Sender, Source } from './Source.ts';

/** What a call sends. */
export type Sent =
  | { readonly $case: 'batch'; readonly value: TickBatch }
  | { readonly $case: 'bars'; readonly value: BarBatch };

/** Where a call's ticks and bars go. */
export interface Intake {
  apply(batch: TickBatch, source: Source): void;
  applyBars(batch: BarBatch, source: Source): void;
  /** Resolves when more may be applied. */
  waitForCapacity(): Promise<void>;
}

/** One call that sends the ticks, or bars, of a source. A newer call that sends the same takes its place. */
export class SourceStream implements Sender {
  readonly #intake: Intake;
  readonly #source: Source;
  readonly #acknowledgements = new Latest<Acknowledgement>();

  constructor(intake: Intake, source: Source) {
    this.#intake = intake;
    this.#source = source;
    source.attach(this);
  }

  /**
   * What is committed, the newest only; the first is where the sender goes on. Ends after
   * `finish`, and throws when the call cannot go on.
   */
  get acknowledgements(): AsyncIterable<Acknowledgement> {
    return this.#acknowledgements;
  }

  /**
   * Takes in what is new of a batch. Resolves when there is room for the next batch.
   *
   * @throws RpcError INVALID_ARGUMENT for a batch that breaks the contract, FAILED_PRECONDITION for bars that do not fit
   *   the asset's: none of it is taken.
   */
  async receive(sent: Sent): Promise<void> {
    if (!this.#source.isSentBy(this)) return;
    if (sent.$case === 'bars') this.#intake.applyBars(sent.value, this.#source);
    else this.#intake.apply(sent.value, this.#source);
    await this.#intake.waitForCapacity();
  }

  /** The sender has no more: ends once its last tick is committed and acknowledged. */
  async finish(): Promise<void> {
    await this.#source.settled;
    this.#acknowledgements.end();
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    this.#acknowledgements.put(acknowledgement);
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
