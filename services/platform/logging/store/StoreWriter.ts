import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '@weft/mesh/runtime';
import type { Log } from '../../../kit/Log.ts';
import type { Wake } from '../../../kit/Wake.ts';
import type { Journal, JournalCursor } from '../journal/Journal.ts';
import type { Ledger } from '../ledger/Ledger.ts';
import { withoutNotes } from '../lines/IntakeNote.ts';
import type { VictoriaLogs } from './VictoriaLogs.ts';

/** Lines of one request. */
const CHUNK_BYTES = 1_048_576;
/** After a small one, for more to come together. */
const PAUSE_MS = 50;
/** How often it is asked, at least, whether it is still the same process. */
const CHECK_MS = 1_000;
/** Between two looks whether it is old enough. */
const YOUNG_PAUSE_MS = 200;
/** Three times the time within which VictoriaLogs has on the disk what it was sent (`-inmemoryDataFlushInterval`). */
const DURABLE_MS = 15_000;

/** What the store shows. */
export interface Shown {
  /** All lines up to this position can be read. */
  readonly position: number;
  /** In this process of the store: see VictoriaLogs.startTime(). */
  readonly epoch: number;
}

export interface StoreWriterOptions {
  readonly journal: Journal;
  readonly store: VictoriaLogs;
  readonly ledger: Pick<Ledger, 'store'>;
  readonly log: Log;
  /** Saves what has to be known of lines that the journal forgets next. */
  readonly save: () => Promise<void>;
  /** Nothing behind this position is forgotten. Default: it is for the store alone to say. */
  readonly needed?: () => number;
}

/**
 * Brings the lines of the journal to VictoriaLogs, in order, each at least once. What a process of VictoriaLogs had not yet on the
 * disk when it died is brought to the next one again, so some lines are there twice: who reads takes each position once.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #stop = new AbortController();
  readonly #appended: Wake;
  readonly #waiting = new Set<() => void>();
  #watching = 0;
  #cursor: JournalCursor;
  /** Up to here the store has all on its disk. */
  #durable: { readonly cursor: JournalCursor; readonly position: number };
  #written: { readonly cursor: JournalCursor; readonly position: number; readonly at: number }[] =
    [];
  #epoch: number | undefined;
  #checked = 0;
  #shown = 0;
  /** What the store must have been brought before nothing is missing in it. */
  #wholeFrom = 0;
  #position = 0;
  #running: Promise<void> | undefined;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
    this.#appended = options.journal.follow();
    this.#cursor = options.journal.start;
    this.#durable = { cursor: this.#cursor, position: 0 };
    this.#wholeFrom = options.journal.position;
  }

  start(): void {
    this.#running = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** The process of the store in which all is that it was brought; undefined: something is missing in it for now. */
  get wholeEpoch(): number | undefined {
    return this.#position >= this.#wholeFrom ? this.#epoch : undefined;
  }

  /** Somebody has seen that the store is another process. */
  suspect(): void {
    this.#epoch = undefined;
    this.#checked = 0;
  }

  /** Has lines shown as soon as they are brought, until it is disposed of. */
  watch(): Disposable {
    this.#watching += 1;
    this.#appended.call();
    return {
      [Symbol.dispose]: () => {
        this.#watching -= 1;
      },
    };
  }

  /**
   * Resolves when lines behind a position can be read; somebody has to watch.
   *
   * @returns undefined after `timeoutMs` without any, and when the signal aborts.
   */
  async shownBeyond(
    position: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Shown | undefined> {
    const woken = Promise.withResolvers<void>();
    const timer = setTimeout(woken.resolve, timeoutMs);
    const wake = () => {
      if (this.#shown > position) woken.resolve();
    };
    signal.addEventListener('abort', () => woken.resolve(), { once: true });
    this.#waiting.add(wake);
    try {
      if (signal.aborted) return undefined;
      wake();
      await woken.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
    const epoch = this.wholeEpoch;
    if (this.#shown <= position || epoch === undefined || signal.aborted) return undefined;
    return { position: this.#shown, epoch };
  }

  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000 });
    let failing = false;
    while (!signal.aborted) {
      try {
        await this.#step(signal);
        backoff.reset();
        if (failing) this.#options.log.info({}, 'the store of logs takes lines again');
        failing = false;
      } catch (err) {
        if (!failing) this.#options.log.warn({ err }, 'the store of logs takes no lines');
        failing = true;
        this.#checked = 0;
        await backoff.pause(signal).over;
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { journal, store, ledger } = this.#options;
    if (!(await this.#check())) {
      await sleep(YOUNG_PAUSE_MS);
      return;
    }
    const appended = this.#appended.next(CHECK_MS, signal);
    const chunk = await journal.read(this.#cursor, CHUNK_BYTES);
    if (!chunk) {
      await this.#show();
      await appended;
      return;
    }
    const lines = withoutNotes(chunk.bytes);
    if (lines.length > 0) await store.insert(lines);
    const { next: cursor, position } = chunk;
    this.#cursor = cursor;
    this.#position = position;
    this.#written.push({ cursor, position, at: Date.now() });
    ledger.store(position);
    if (chunk.bytes.length < CHUNK_BYTES / 2) await sleep(PAUSE_MS);
    else await this.#show();
  }

  /**
   * Learns whether the store is the process that it was, and goes back to what may be lost when it is not.
   *
   * @returns false while it could be taken for the next one: it is brought nothing yet.
   */
  async #check(): Promise<boolean> {
    if (this.#epoch !== undefined && Date.now() - this.#checked < CHECK_MS) return true;
    const { store, journal, log } = this.#options;
    const asked = Date.now();
    const epoch = await store.startTime();
    if (epoch === undefined) {
      this.suspect();
      return false;
    }
    this.#checked = asked;
    if (epoch === this.#epoch) {
      await this.#settle(asked - DURABLE_MS);
      return true;
    }
    // The first time, what an earlier process of ours has brought it is not known either.
    if (this.#written.length > 0)
      log.warn({}, 'the store of logs is another process: lines are brought again');
    this.#cursor = this.#durable.cursor;
    this.#written = [];
    this.#wholeFrom = journal.position;
    this.#position = this.#durable.position;
    this.#epoch = epoch;
    return true;
  }

  /** What was written before a time is on the store's disk. */
  async #settle(before: number): Promise<void> {
    const settled = this.#written.findLast(({ at }) => at < before);
    if (settled) {
      this.#durable = settled;
      this.#written = this.#written.filter(({ at }) => at >= before);
    }
    const { journal, save, needed = () => Number.POSITIVE_INFINITY } = this.#options;
    await journal.forget(Math.min(this.#durable.position, needed()), save);
  }

  /** Makes what has been brought visible to those who wait for it. */
  async #show(): Promise<void> {
    if (this.#watching === 0 || this.#shown >= this.#position) return;
    const { store } = this.#options;
    await store.flush();
    if ((await store.startTime()) !== this.#epoch) {
      this.suspect();
      return;
    }
    this.#shown = this.#position;
    for (const wake of this.#waiting) wake();
  }
}
