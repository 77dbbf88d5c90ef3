import { type Feed, FeedState } from '@weft/proto/market/v1/trading';
import { SingleBar } from 'cli-progress';

/** Draws how far a replay is, on a terminal; nothing elsewhere. */
export class ProgressBar {
  readonly #bar: SingleBar;

  constructor(symbol: string) {
    this.#bar = new SingleBar({
      format: `${symbol} {bar} {percentage}%  {value} of {total} {unit}  {note}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
  }

  upload(sentBytes: number, totalBytes: number): void {
    this.#show(totalBytes, sentBytes, { unit: 'bytes', note: 'uploading' });
  }

  feed({ acknowledgedSequence, totalCount, state, message, barLength }: Feed): void {
    const note = state === FeedState.WAITING ? `waiting: ${message}` : '';
    this.#show(totalCount, acknowledgedSequence, { unit: barLength ? 'bars' : 'ticks', note });
  }

  stop(): void {
    this.#bar.stop();
  }

  #show(total: number, value: number, payload: { unit: string; note: string }): void {
    if (!this.#bar.isActive) this.#bar.start(total, value, payload);
    this.#bar.setTotal(total);
    this.#bar.update(value, payload);
  }
}
