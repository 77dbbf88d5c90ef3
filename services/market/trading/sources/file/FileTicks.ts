import { existsSync } from 'node:fs';
import type { Pace } from '../Pace.ts';
import { SourceError, type TickSource } from '../TickSource.ts';
import { sliceTicks, TickColumns, type Ticks } from '../Ticks.ts';
import type { FileFacts } from './FileFacts.ts';
import { readRows } from './readRows.ts';
import { splitBar } from './splitBar.ts';

/** The ticks of a CSV file's good rows, numbered from 1. To go on after a tick, the file is read from its beginning. */
export class FileTicks implements TickSource {
  readonly #file: string;
  readonly #facts: FileFacts;

  constructor(file: string, facts: FileFacts) {
    this.#file = file;
    this.#facts = facts;
  }

  async *ticks(after: number, pace: Pace, signal: AbortSignal): AsyncGenerator<Ticks> {
    const { tickCount, intervalUs, inspectedUs } = this.#facts;
    if (after >= tickCount) return;
    if (!existsSync(this.#file)) {
      throw new SourceError('the file is not stored here any more', 'FILE_MISSING');
    }
    let gathered = new TickColumns();
    let sequence = 0;
    const emit = (price: number, size: number, atUs: number) => {
      sequence++;
      if (sequence > after) gathered.push(sequence, price, size, atUs);
    };
    const parts = readRows(this.#file, inspectedUs, {
      row: (row) => {
        if (intervalUs > 0) splitBar(row, intervalUs, inspectedUs, emit);
        else emit(row.prices[0] as number, row.size, row.atUs);
      },
    });
    for await (const _ of parts) {
      for (let sent = 0; sent < gathered.length; ) {
        const count = await pace.take(signal);
        if (count === 0) return;
        yield sliceTicks(gathered, sent, sent + count);
        sent += count;
      }
      if (signal.aborted) return;
      gathered = new TickColumns();
    }
  }
}
