import { existsSync } from 'node:fs';
import { type Bar, barsOf } from '../../../ticks/Bars.ts';
import type { Pace } from '../../../ticks/Pace.ts';
import type { SourceBatch, TickSource } from '../../../ticks/TickSource.ts';
import { TickColumns } from '../../../ticks/Ticks.ts';
import { SourceError } from '../SourceError.ts';
import { barOf } from './barOf.ts';
import type { FileFacts } from './FileFacts.ts';
import type { FileSettings } from './FileSettings.ts';
import type { Row } from './RowReader.ts';
import { selectRows } from './selectRows.ts';

/**
 * The ticks or bars of a CSV file's good rows, numbered from 1. To go on after one, the file is read from its beginning.
 */
export class FileTicks implements TickSource {
  readonly #file: string;
  readonly #settings: FileSettings;
  readonly #facts: FileFacts;

  constructor(file: string, settings: FileSettings, facts: FileFacts) {
    this.#file = file;
    this.#settings = settings;
    this.#facts = facts;
  }

  async *ticks(after: number, pace: Pace, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    if (after >= this.#facts.rowCount) return;
    if (!existsSync(this.#file)) {
      throw new SourceError('the file is not stored here any more', 'FILE_MISSING');
    }
    let gathered: Row[] = [];
    let sequence = 0;
    let first = after + 1;
    const parts = selectRows(this.#file, this.#settings, this.#facts, {
      row(row) {
        sequence++;
        if (sequence > after) gathered.push(row);
      },
    });
    for await (const _ of parts) {
      for (let sent = 0; sent < gathered.length; ) {
        const count = await pace.take(signal);
        if (count === 0) return;
        const rows = gathered.slice(sent, sent + count);
        yield this.#batchOf(rows, first);
        first += rows.length;
        sent += rows.length;
      }
      if (signal.aborted) return;
      gathered = [];
    }
  }

  #batchOf(rows: readonly Row[], firstSequence: number): SourceBatch {
    const { barLengthUs, inspectedUs } = this.#facts;
    if (barLengthUs > 0) {
      const bars = rows.map((row): Bar => barOf(row, barLengthUs, inspectedUs));
      return barsOf(bars, firstSequence, barLengthUs);
    }
    const ticks = new TickColumns();
    rows.forEach(({ prices, size, atUs }, i) => {
      ticks.push(firstSequence + i, prices[0] as number, size, atUs);
    });
    return ticks;
  }
}
