import { isRejection, Metadata, RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import type {
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
} from '@weft/proto/market/v1/market_data';
import pRetry from 'p-retry';
import type { Log } from '../../../kit/Log.ts';
import { Pace } from '../sources/Pace.ts';
import type { SourceBatch, TickSource } from '../sources/TickSource.ts';
import { Backlog } from './Backlog.ts';
import { barBatchOf } from './barBatchOf.ts';
import { batchOf } from './batchOf.ts';
import { type FeedReason, reasonOf } from './FeedReason.ts';
import type { FeedEnd, FeedRecord, KnownBars } from './FeedRecord.ts';
import type { FeedMetrics } from './feedMetrics.ts';
import { symbolOf } from './sourceNames.ts';

/** What a run tells of itself. */
export interface Progress {
  /** Ticks handed to the stream. */
  readonly sent: number;
  /** Last number that the receiver has committed. */
  readonly acknowledged: number;
  readonly knownBars: KnownBars;
  /** Why it waits; undefined while ticks flow. */
  readonly problem: FeedReason | undefined;
}

export interface FeedRunOptions {
  readonly feed: FeedRecord;
  /** Makes the source. It may tell why it has no ticks, and with undefined that it has again. */
  readonly openSource: (onProblem: (problem: FeedReason | undefined) => void) => TickSource;
  readonly client: ServiceClient<MarketDataServiceDefinition>;
  readonly log: Log;
  readonly metrics: FeedMetrics;
  /** Told whenever `progress` has changed. */
  readonly onProgress: () => void;
}

/** Once what stood in the way is gone, the feed goes on within a second. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 1_000;
/** By which an operator may have each symbol kept by one instance of the receiver. */
const SYMBOL_HEADER = 'x-symbol';
/** Time for the last acknowledgements of a feed that is stopped. */
const STOP_WITHIN_MS = 10_000;

/** Streams a feed's ticks to the receiver until they are all acknowledged, through whatever comes between. */
export class FeedRun {
  readonly #options: FeedRunOptions;
  readonly #backlog: Backlog;
  /** No more ticks are wanted; those under way may arrive. */
  readonly #stopping = new AbortController();
  /** Nothing is waited for any more. */
  readonly #cutting = new AbortController();
  #isAbandoned = false;
  #sent = 0;
  #acknowledged: number;
  #knownBars: KnownBars;
  #streamProblem: FeedReason | undefined;
  #sourceProblem: FeedReason | undefined;

  constructor(options: FeedRunOptions) {
    this.#options = options;
    const { feed, openSource } = options;
    this.#acknowledged = feed.acknowledged;
    this.#knownBars = feed.knownBars;
    const source = openSource((problem) => {
      this.#sourceProblem = problem;
      options.onProgress();
    });
    this.#backlog = new Backlog(source, new Pace(feed.ticksPerSecond), this.#stopping.signal);
  }

  get progress(): Progress {
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      knownBars: this.#knownBars,
      problem: this.#streamProblem ?? this.#sourceProblem,
    };
  }

  /** Runs until the feed ends; undefined when it was abandoned. */
  async run(): Promise<FeedEnd | undefined> {
    const end = await this.#runToEnd();
    this.#stopping.abort();
    const reached = { acknowledged: this.#acknowledged, knownBars: this.#knownBars };
    return this.#isAbandoned ? undefined : { ...end, ...reached };
  }

  /** Ends the feed once the ticks under way are acknowledged, or cannot be. */
  stop(): void {
    this.#stopping.abort();
    setTimeout(() => this.#cutting.abort(), STOP_WITHIN_MS).unref();
  }

  /** Ends the run at once; the feed is to go on in another process. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#stopping.abort();
    this.#cutting.abort();
  }

  async #runToEnd(): Promise<Pick<FeedEnd, 'state' | 'reason'>> {
    const stopping = this.#stopping.signal;
    try {
      while (!stopping.aborted) {
        await pRetry(() => this.#call(), {
          retries: Number.POSITIVE_INFINITY,
          minTimeout: FIRST_RETRY_MS,
          maxTimeout: LAST_RETRY_MS,
          randomize: true,
          signal: stopping,
          shouldRetry: ({ error }) => passes(error),
        });
        if (this.#backlog.isFinished && !stopping.aborted) return { state: 'finished', reason: '' };
      }
    } catch (error) {
      if (!stopping.aborted) {
        this.#options.log.error({ err: error, feed: this.#options.feed.id }, 'feed has failed');
        return { state: 'failed', reason: reasonOf(error) };
      }
    }
    return { state: 'stopped', reason: '' };
  }

  /**
   * Makes one call, and sends what the receiver takes.
   *
   * @throws when it failed before the receiver acknowledged anything new: the next call had better wait.
   */
  async #call(): Promise<void> {
    const { client, onProgress, log, metrics, feed } = this.#options;
    const opened = Promise.withResolvers<number>();
    let opening: number | undefined;
    const calling = new AbortController();
    // A receiver that has not answered yet owes nothing to a feed that is stopped.
    const stop = () => {
      if (opening === undefined) calling.abort();
    };
    this.#stopping.signal.addEventListener('abort', stop);
    try {
      const signal = AbortSignal.any([calling.signal, this.#cutting.signal]);
      const metadata = new Metadata();
      metadata.set(SYMBOL_HEADER, symbolOf(feed.source));
      const options = { signal, metadata };
      const responses = client.streamMarketData(this.#requests(opened.promise), options);
      for await (const response of responses) {
        const { acknowledgedSequence, repeatedBarCount = 0, correctedBarCount = 0 } = response;
        opening ??= acknowledgedSequence;
        opened.resolve(acknowledgedSequence);
        this.#backlog.acknowledge(acknowledgedSequence);
        this.#acknowledged = acknowledgedSequence;
        this.#knownBars = { repeated: repeatedBarCount, corrected: correctedBarCount };
        this.#streamProblem = undefined;
        onProgress();
      }
      if (!this.#backlog.isFinished) {
        throw new RpcError(Status.UNAVAILABLE, 'the receiver has ended the stream');
      }
    } catch (error) {
      this.#streamProblem = reasonOf(error);
      metrics.broken(error instanceof RpcError ? error.codeName : 'UNKNOWN');
      onProgress();
      const progressed = opening !== undefined && this.#acknowledged > opening;
      if (!progressed || !passes(error)) throw error;
      log.warn({ err: error, feed: feed.id }, 'stream broke off');
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop);
    }
  }

  async *#requests(opened: Promise<number>): AsyncGenerator<StreamMarketDataRequest, void> {
    const { feed, metrics } = this.#options;
    const symbol = symbolOf(feed.source);
    yield { message: { $case: 'open', value: { source: feed.sourceName } } };
    for await (const ticks of this.#backlog.batchesAfter(await opened)) {
      this.#sent += ticks.sequence.length;
      metrics.sent(ticks.sequence.length);
      yield { message: messageOf(symbol, ticks) };
    }
  }
}

function messageOf(symbol: string, batch: SourceBatch): StreamMarketDataRequest['message'] {
  return 'lengthUs' in batch
    ? { $case: 'bars', value: barBatchOf(symbol, batch) }
    : { $case: 'batch', value: batchOf(symbol, batch) };
}

/** Whether what failed may work when tried again: all but ticks that are refused, also a permission withdrawn. */
function passes(error: unknown): boolean {
  return error instanceof RpcError && !isRejection(error.code);
}
