import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { RpcError, Status } from '@weft/mesh/runtime';
import type { BarBatch, TickBatch } from '@weft/proto/market/v1/market_data';
import type { Kysely } from 'kysely';
import pRetry from 'p-retry';
import type { Log } from '../../../kit/Log.ts';
import type { DB } from '../database.ts';
import { Book } from './Book.ts';
import { checkBars } from './checkBars.ts';
import { checkBatch } from './checkBatch.ts';
import { Group } from './Group.ts';
import { inCommitSpan } from './inCommitSpan.ts';
import { readAcknowledged, readAssets, readBarTotals } from './readState.ts';
import { Source } from './Source.ts';
import { type Intake, SourceStream } from './SourceStream.ts';
import type { Summaries } from './Summaries.ts';
import { indexAfter, lastSequence } from './sequence.ts';
import { writeChanges } from './writeChanges.ts';

export interface LedgerOptions {
  readonly database: Kysely<DB>;
  /** Told of each commit. */
  readonly summaries: Summaries;
  readonly log: Log;
  /** Told of each batch that is applied, and of the index of the first tick in it that was new. */
  readonly onApply?: (batch: TickBatch, start: number) => void;
  /** Told of each commit's size and time in seconds. */
  readonly onCommit?: (ticks: number, seconds: number) => void;
}

/** At most one commit in this time: each costs the database the same, however few its ticks are. */
const COMMIT_SPACING_MS = 10;
/** With more ticks than these waiting for their commit, senders wait too. */
const MAX_UNCOMMITTED_TICKS = 524_288;
const FIRST_RELOAD_MS = 100;
const LAST_RELOAD_MS = 2_000;

/**
 * Applies ticks to the book at once and commits them in groups: while one transaction is under way, the
 * next group gathers. Callers, senders and readers learn of a tick only when it is committed.
 *
 * When a commit fails, whatever the reason, memory may no longer be what the database holds. It is
 * thrown away and read again; senders are told UNAVAILABLE and go on from what is committed.
 */
export class Ledger implements Intake {
  readonly #options: LedgerOptions;
  readonly #closing = new AbortController();
  /** Commits belong to no single call: they have no part in its deadline. */
  readonly #outside = AsyncLocalStorage.snapshot();
  /** undefined while it is read from the database. */
  #book: Book | undefined;
  #sources = new Map<string, Source>();
  #gathering = new Group();
  #committing: Group | undefined;
  #worker: Promise<void> | undefined;
  #nextCommitMs = 0;

  private constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Reads what was committed before. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(options);
    await ledger.#load();
    return ledger;
  }

  /**
   * Records ticks that belong to no source.
   *
   * @returns when they are committed.
   * @throws RpcError INVALID_ARGUMENT for a batch that breaks the contract; UNAVAILABLE when the commit fails, and
   *   whether it took place may then be unknown.
   */
  async send(batch: TickBatch): Promise<void> {
    await this.apply(batch).committed;
  }

  /** Begins to take in a source, from the last number committed. A call that sends it already is ABORTED. */
  async openSource(name: string): Promise<SourceStream> {
    return new SourceStream(this, await this.#source(name));
  }

  /**
   * Applies the ticks of a batch to the book; those that `source` has had already are passed over.
   *
   * @returns the group they are committed with.
   */
  apply(batch: TickBatch, source?: Source): Group {
    const book = this.#loaded();
    checkBatch(batch);
    const start = source ? indexAfter(batch, source.applied) : 0;
    const count = batch.symbolIndex.length - start;
    if (count === 0) return this.#gathering;
    book.applyTicks(batch, start);
    this.#options.onApply?.(batch, start);
    return this.#gather(count, lastSequence(batch), source);
  }

  /** Takes in the bars of a batch that `source` has not had already; they are in the next commit. */
  applyBars(batch: BarBatch, source: Source): void {
    const book = this.#loaded();
    checkBars(batch);
    const last = batch.firstSequence + batch.open.length - 1;
    const count = Math.min(last - source.applied, batch.open.length);
    if (count <= 0) return;
    book.applyBars(batch, source.name, batch.open.length - count);
    this.#gather(count, last, source);
  }

  /** What has been applied to the book is in the next commit. @param last Number of its last tick, or bar. */
  #gather(count: number, last: number, source: Source | undefined): Group {
    const group = this.#gathering;
    group.include(count, source);
    source?.markApplied(last, group.committed);
    this.#worker ??= this.#outside(() => this.#work());
    return group;
  }

  #loaded(): Book {
    if (this.#book === undefined) throw reloading();
    return this.#book;
  }

  /** Resolves when senders may send more. */
  async waitForCapacity(): Promise<void> {
    while (this.#gathering.ticks + (this.#committing?.ticks ?? 0) >= MAX_UNCOMMITTED_TICKS) {
      await (this.#committing ?? this.#gathering).committed;
    }
  }

  /** Commits what was applied. Nothing may be applied after this. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#worker;
  }

  /** Commits group after group until there is nothing to commit, or no way to. */
  async #work(): Promise<void> {
    while (this.#book && this.#gathering.ticks > 0) {
      const waitMs = this.#nextCommitMs - performance.now();
      await (waitMs > 0 ? setTimeout(waitMs) : setImmediate());
      this.#nextCommitMs = performance.now() + COMMIT_SPACING_MS;
      const group = this.#gathering;
      this.#committing = group;
      this.#gathering = new Group();
      try {
        await inCommitSpan(group, () => this.#commit(group));
      } catch (error) {
        await this.#recover(error, group);
      }
      this.#committing = undefined;
    }
    this.#worker = undefined;
  }

  async #commit(group: Group): Promise<void> {
    const { database, summaries, onCommit } = this.#options;
    const changes = (this.#book as Book).take();
    const progress = Array.from(group.sources, (source) => ({
      source,
      name: source.name,
      previous: source.committed,
      acknowledged: source.applied,
    }));
    const startMs = performance.now();
    const { totals, known } = await writeChanges(database, changes, progress);
    onCommit?.(group.ticks, (performance.now() - startMs) / 1000);

    summaries.publish(
      changes.assets.map(({ record }) => record),
      totals,
    );
    for (const { source, name, acknowledged } of progress) {
      source.markCommitted(acknowledged, known.get(name));
    }
    group.succeed();
  }

  /** Throws memory away, tells everyone who relied on it, and reads it again. */
  async #recover(cause: unknown, group: Group): Promise<void> {
    this.#options.log.error(
      { err: cause, ticks: group.ticks },
      'commit failed, state is read again',
    );
    const error = new RpcError(Status.UNAVAILABLE, 'the database did not confirm the commit', {
      cause,
    });
    const sources = this.#sources;
    this.#book = undefined;
    this.#sources = new Map();
    group.fail(error);
    this.#gathering.fail(error);
    this.#gathering = new Group();
    for (const source of sources.values()) source.fail(error);
    await this.#reload();
  }

  async #reload(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#closing;
    try {
      await pRetry(() => this.#load(), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: FIRST_RELOAD_MS,
        maxTimeout: LAST_RELOAD_MS,
        signal,
        onFailedAttempt: ({ error }) =>
          log.error({ err: error }, 'state cannot be read from the database'),
      });
      log.info({}, 'state has been read again');
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #load(): Promise<void> {
    const { database, summaries } = this.#options;
    const records = await readAssets(database);
    const bars = await readBarTotals(database);
    this.#book = new Book(records, bars);
    summaries.publish(records, bars);
  }

  async #source(name: string): Promise<Source> {
    if (this.#book === undefined) throw reloading();
    const known = this.#sources.get(name);
    if (known) return known;
    const sources = this.#sources;
    const committed = await readAcknowledged(this.#options.database, name);
    // Memory may have been thrown away meanwhile, and another call may have asked for the same.
    if (sources !== this.#sources) throw reloading();
    const source = sources.get(name) ?? new Source(name, committed);
    sources.set(name, source);
    return source;
  }
}

function reloading(): RpcError {
  return new RpcError(Status.UNAVAILABLE, 'state is being read from the database');
}
