import { Backoff } from '@weft/mesh/runtime';
import type { Log } from '../../../kit/Log.ts';
import type { Wake } from '../../../kit/Wake.ts';
import type { Journal, JournalCursor } from '../journal/Journal.ts';
import { withoutNotes } from '../lines/IntakeNote.ts';
import type { StoredLine } from '../lines/StoredLine.ts';
import type { Target } from './Target.ts';

const CHUNK_BYTES = 1_048_576;
const IDLE_MS = 1_000;

export interface ForwarderOptions {
  readonly journal: Journal;
  readonly target: Target;
  readonly log: Log;
}

/**
 * Sends the lines of the journal to somewhere else too, in order, each at least once, also after a restart. While a target is away the
 * journal keeps what it has not had, up to half of what it takes, for the other half is for lines that come in: older lines are passed
 * over then.
 */
export class Forwarder {
  readonly target: Target;
  readonly #options: ForwarderOptions;
  readonly #appended: Wake;
  readonly #stop = new AbortController();
  #cursor: JournalCursor;
  #position = 0;
  #refused = 0;
  #sent = 0;
  #running: Promise<void> | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.target = options.target;
    this.#appended = options.journal.follow();
    this.#cursor = options.journal.start;
  }

  /** Up to this position the journal may forget: the target has it, or is too far behind. */
  get position(): number {
    const { bytes, maxBytes } = this.#options.journal;
    return bytes > maxBytes / 2 ? Number.POSITIVE_INFINITY : this.#position;
  }

  /** Lines that the target has. */
  get sent(): number {
    return this.#sent;
  }

  /** Lines that the target has refused for good. */
  get refused(): number {
    return this.#refused;
  }

  start(): void {
    this.#running = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { target, log } = this.#options;
    const backoff = new Backoff({ firstMs: 200, longestMs: 10_000 });
    let failing = false;
    while (!signal.aborted) {
      try {
        await this.#step(signal);
        backoff.reset();
        failing = false;
      } catch (err) {
        if (signal.aborted) return;
        if (!failing) log.warn({ err, target: target.name }, 'lines cannot be sent on');
        failing = true;
        await backoff.pause(signal).over;
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { journal, target, log } = this.#options;
    const appended = this.#appended.next(IDLE_MS, signal);
    if (journal.forgotten > this.#position) {
      log.warn({ target: target.name }, 'lines are not sent on: it was away for too long');
      this.#position = journal.forgotten;
    }
    const chunk = await journal.read(this.#cursor, CHUNK_BYTES);
    if (!chunk) return appended;
    const texts = withoutNotes(chunk.bytes).toString().split('\n').slice(0, -1);
    const lines = texts.map((text) => JSON.parse(text) as StoredLine);
    const refused = lines.length > 0 ? await target.send(lines, signal) : 0;
    this.#refused += refused;
    this.#sent += lines.length - refused;
    this.#cursor = chunk.next;
    this.#position = chunk.position;
  }
}
