import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import type { MarketDataServiceDefinition } from '@weft/proto/market/v1/market_data';
import type { Feed } from '@weft/proto/market/v1/trading';
import pRetry from 'p-retry';
import type { Latest } from '../../../kit/Latest.ts';
import { Watchers } from '../../../kit/Watchers.ts';
import type { FileInspector } from '../files/FileInspector.ts';
import { assertReadable } from './assertReadable.ts';
import { assertSameFeed } from './assertSameFeed.ts';
import type { FeedEnd, FeedRecord, FeedSettings } from './FeedRecord.ts';
import { FeedRun, type Progress } from './FeedRun.ts';
import type { FeedStore } from './FeedStore.ts';
import type { FeedMetrics } from './feedMetrics.ts';
import { feedOf } from './feedOf.ts';
import { fileSettingsOf } from './fileSettingsOf.ts';
import { openSource, type SourceSurroundings } from './openSource.ts';

export interface FeedsOptions extends SourceSurroundings {
  readonly store: FeedStore;
  readonly inspector: FileInspector;
  /** The receiver of all ticks. */
  readonly client: ServiceClient<MarketDataServiceDefinition>;
  readonly metrics: FeedMetrics;
}

/** All feeds, and the runs of those that go on in this process. */
export class Feeds {
  readonly #options: FeedsOptions;
  /** A feed outlives the call that starts it: it has no part in that call's deadline, and goes on in its trace. */
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #closing = new AbortController();
  readonly #active = new Map<number, { readonly run: FeedRun; readonly done: Promise<void> }>();
  /** What the last run of each feed in this process has come to. */
  readonly #progress = new Map<number, Progress>();
  readonly #watchers = new Watchers<number, Feed>();

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  /** Starts the feeds that were running when the process before this one ended. */
  async resume(): Promise<void> {
    const feeds = await this.#options.store.running();
    for (const feed of feeds) this.#start(feed);
    if (feeds.length > 0) this.#options.log.info({ feeds: feeds.length }, 'feeds go on');
  }

  /**
   * Starts a feed, or answers the one that its source has.
   *
   * @throws RpcError INVALID_ARGUMENT for a file that cannot be read; ALREADY_EXISTS for a source with other settings.
   */
  async create(settings: FeedSettings): Promise<Feed> {
    const { store, inspector } = this.#options;
    const { source } = settings.source;
    let readingId: number | undefined;
    if (source?.$case === 'file') {
      const { value } = source;
      const reading = await inspector.inspect(value.fileId, fileSettingsOf(value));
      assertReadable(reading.facts, value.badRows);
      readingId = reading.id;
    }
    const asked = { ...settings, readingId };
    const added = await store.add(asked);
    const feed = added ?? (await this.#existing(asked));
    if (feed.state === 'running') this.#start(feed);
    return this.#show(feed);
  }

  /** @throws RpcError NOT_FOUND. */
  async get(feedId: string): Promise<Feed> {
    return this.#show(await this.#find(feedId));
  }

  /**
   * Feeds above an id, oldest first. More people list feeds than run them, and what stands in a file is none of their
   * business: they are not told the text of rows.
   */
  async list(afterId: number, limit: number): Promise<Feed[]> {
    const feeds = await this.#options.store.list(afterId, limit);
    return feeds.map((feed) => ({ ...this.#show(feed), skippedRows: [] }));
  }

  /**
   * The feed now and as it goes on: the newest state only for a slow reader. Says something every HEARTBEAT_MS, if need be the
   * same again. Ends with the feed.
   *
   * @param isKnown Of the state at the beginning, which is then not told. Default: it is not known.
   */
  async *watch(
    feedId: string,
    signal: AbortSignal,
    isKnown: (feed: Feed) => boolean = () => false,
  ): AsyncGenerator<Feed, void> {
    const record = await this.#find(feedId);
    const begin = async (states: Pick<Latest<Feed>, 'put' | 'end'>) => {
      const feed = await this.get(feedId);
      if (!isKnown(feed)) states.put(feed);
      if (!this.#active.has(record.id)) states.end();
    };
    yield* this.#watchers.watch(record.id, signal, begin, () => this.#show(record));
  }

  /** Stops a feed, once what is under way is acknowledged. Harmless on one that has ended. */
  async stop(feedId: string): Promise<Feed> {
    const active = this.#active.get((await this.#find(feedId)).id);
    active?.run.stop();
    await active?.done;
    return this.get(feedId);
  }

  /** Ends all runs; the next process resumes them. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { run } of this.#active.values()) run.abandon();
    await Promise.all(Array.from(this.#active.values(), ({ done }) => done));
  }

  /** The feed that a source has already; made to run again if it had stopped or failed. */
  async #existing(settings: FeedSettings): Promise<FeedRecord> {
    const { store } = this.#options;
    const feed = await store.findBySource(settings.source);
    assertSameFeed(feed, settings);
    // What was sent as ticks cannot go on as bars.
    if (feed.state === 'running' || feed.state === 'finished' || feed.isOfTickedBars) return feed;
    await this.#active.get(feed.id)?.done;
    await store.restart(feed.id, settings);
    return this.#find(String(feed.id));
  }

  #start(feed: FeedRecord): void {
    if (this.#active.has(feed.id) || this.#closing.signal.aborted) return;
    const { client, log, metrics } = this.#options;
    const caller = trace.getActiveSpan();
    const run = new FeedRun({
      feed,
      client,
      log,
      metrics,
      openSource: (onProblem) => openSource(feed, this.#options, onProblem),
      onProgress: () => this.#tell(feed, run.progress),
    });
    const done = this.#outside(() => inTrace(caller, () => this.#follow(feed, run)));
    this.#active.set(feed.id, { run, done });
  }

  async #follow(feed: FeedRecord, run: FeedRun): Promise<void> {
    const { metrics } = this.#options;
    metrics.running(1);
    const end = await run.run();
    metrics.running(-1);
    this.#progress.set(feed.id, run.progress);
    if (end) await this.#keep(feed.id, end);
    this.#active.delete(feed.id);
    if (end) this.#tell({ ...feed, ...end }, run.progress);
    this.#watchers.end(feed.id);
  }

  /** A database that is away must not make a feed that has ended run again. */
  async #keep(id: number, end: FeedEnd): Promise<void> {
    const { store, log } = this.#options;
    const { signal } = this.#closing;
    await pRetry(() => store.end(id, end), {
      retries: Number.POSITIVE_INFINITY,
      maxTimeout: 5_000,
      signal,
      onFailedAttempt: ({ error }) =>
        log.error({ err: error, feed: id }, 'cannot keep a feed’s end'),
    }).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  #tell(feed: FeedRecord, progress: Progress): void {
    this.#watchers.notify(feed.id, () => feedOf(feed, progress));
  }

  #show(feed: FeedRecord): Feed {
    const progress = this.#active.get(feed.id)?.run.progress ?? this.#progress.get(feed.id);
    return feedOf(feed, progress);
  }

  async #find(feedId: string): Promise<FeedRecord> {
    const feed = /^\d{1,15}$/.test(feedId) && (await this.#options.store.find(Number(feedId)));
    if (!feed) throw new RpcError(Status.NOT_FOUND, `no feed ${feedId}`);
    return feed;
  }
}

/** Runs what belongs to a trace and to no call of it. */
function inTrace<Result>(span: Span | undefined, work: () => Result): Result {
  return context.with(span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT, work);
}
