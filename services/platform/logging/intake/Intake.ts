import type { Log } from '../../../kit/Log.ts';
import type { Journal } from '../journal/Journal.ts';
import type { Ledger, LeftOut } from '../ledger/Ledger.ts';
import type { IntakeNote } from '../lines/IntakeNote.ts';
import type { LineMaker } from '../lines/LineMaker.ts';
import type { ReadLine } from '../lines/ReadLine.ts';
import type { StoredLine } from '../lines/StoredLine.ts';
import type { Retention } from '../retention/Retention.ts';
import type { Runs } from './Runs.ts';

export interface IntakeParts {
  readonly journal: Pick<Journal, 'append' | 'position'>;
  readonly ledger: Ledger;
  readonly lines: LineMaker;
  readonly runs: Runs;
  readonly retention: Retention;
  readonly log: Log;
}

/** Where lines come from. */
export interface Source {
  /** Of the sender, as its certificate says. */
  readonly service: string;
  /** The process and the place of the first line in it; undefined: lines that are sent again are taken again. */
  readonly run?: { readonly id: string; readonly first: number };
  /** Lines that the sender has dropped since it sent the batch before. Default: 0. */
  readonly dropped?: number;
}

/** Takes lines in: puts them into the journal, each with a position above all before. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #refused = new Map<string, number>();
  #isRefusing = false;
  #position: number;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#position = Math.max(parts.journal.position, parts.ledger.position);
  }

  /** Lines of each service that could not be taken in when they were sent: those that are sent again are counted again. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused;
  }

  /** @throws JournalFullError and what the disk says: nothing has been taken in then. */
  async take(source: Source, lines: readonly ReadLine[]): Promise<void> {
    const { service, run, dropped = 0 } = source;
    const { runs, log } = this.#parts;
    try {
      if (!run) await this.#append(service, lines, { dropped });
      else {
        await runs.take(service, run.id, run.first, lines.length, (known) => {
          const isKnown = known > 0 && known === lines.length;
          const counts = { repeated: known, dropped: isKnown ? 0 : dropped };
          const origin = { run: run.id, first: run.first + known };
          return this.#append(service, lines.slice(known), counts, origin);
        });
      }
      if (this.#isRefusing) log.info({}, 'lines are taken in again');
      this.#isRefusing = false;
    } catch (err) {
      this.#refused.set(service, (this.#refused.get(service) ?? 0) + lines.length);
      if (!this.#isRefusing) log.error({ err }, 'lines are refused');
      this.#isRefusing = true;
      throw err;
    }
  }

  async #append(
    service: string,
    lines: readonly ReadLine[],
    counts: Pick<LeftOut, 'dropped'> & Partial<LeftOut>,
    origin?: { readonly run: string; readonly first: number },
  ): Promise<void> {
    const { journal, ledger, retention } = this.#parts;
    const now = Date.now();
    const oldest = BigInt(now - retention.of(service)) * 1_000_000n;
    const left = { repeated: 0, ...counts, expired: 0, rejected: 0 };
    const texts: string[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.time !== undefined && line.time < oldest) left.expired += 1;
      else if (isEmpty(line)) left.rejected += 1;
      else texts.push(JSON.stringify(this.#make(line, service, now, index, origin)));
    }
    const kept = texts.length;
    const last = this.#position;
    const isNoted = Object.values(left).some((count) => count > 0);
    if (isNoted) texts.push(JSON.stringify(this.#note(service, left, lines.length, now, origin)));
    if (texts.length === 0) return;
    const position = this.#position;
    await journal.append(Buffer.from(`${texts.join('\n')}\n`), position);
    if (kept > 0) ledger.pend(service, last, kept);
    if (isNoted) ledger.leaveOut(service, position, left);
  }

  #make(
    line: ReadLine,
    service: string,
    now: number,
    index: number,
    origin: { readonly run: string; readonly first: number } | undefined,
  ): StoredLine {
    const known = origin && { run: origin.run, sequence: origin.first + index };
    return this.#parts.lines.make(line, service, this.#next(now), known);
  }

  #note(
    service: string,
    note: LeftOut,
    lines: number,
    now: number,
    origin: { readonly run: string; readonly first: number } | undefined,
  ): IntakeNote {
    const known = origin && { run: origin.run, sequence: origin.first + lines - 1 };
    return { note, position: this.#next(now), service, ...known };
  }

  #next(now: number): number {
    this.#position = Math.max(this.#position + 1, now * 1_000);
    return this.#position;
  }
}

function isEmpty({ message, fields }: ReadLine): boolean {
  return message === '' && Object.keys(fields).length === 0;
}
