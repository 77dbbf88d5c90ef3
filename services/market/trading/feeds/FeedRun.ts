import { RpcError, type ServiceClient } from '@weft/mesh/runtime';
import type {
  MarketDataServiceDefinition,
  StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';
import type { Log } from '../../../kit/Log.ts';
import { Backlog } from '../../ticks/Backlog.ts';
import { Pace } from '../../ticks/Pace.ts';
import { sendMarketData } from '../../ticks/sendMarketData.ts';
import type { TickSource } from '../../ticks/TickSource.ts';
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
    const { client, feed, log, metrics, onProgress } = this.#options;
    try {
      const isFinished = await sendMarketData({
        ...{ client, backlog: this.#backlog, source: feed.sourceName },
        symbol: symbolOf(feed.source),
        ...{ stopping: this.#stopping.signal, cutting: this.#cutting.signal },
        onSent: (count) => {
          this.#sent += count;
          metrics.sent(count);
        },
        onAcknowledged: (response) => this.#note(response),
        onBroken: (error, hasProgressed) => {
          this.#streamProblem = reasonOf(error);
          metrics.broken(error instanceof RpcError ? error.codeName : 'UNKNOWN');
          onProgress();
          if (hasProgressed) log.warn({ err: error, feed: feed.id }, 'stream broke off');
        },
      });
      if (isFinished) return { state: 'finished', reason: '' };
    } catch (error) {
      log.error({ err: error, feed: feed.id }, 'feed has failed');
      return { state: 'failed', reason: reasonOf(error) };
    }
    return { state: 'stopped', reason: '' };
  }

  #note(response: StreamMarketDataResponse): void {
    const { acknowledgedSequence, repeatedBarCount = 0, correctedBarCount = 0 } = response;
    this.#acknowledged = acknowledgedSequence;
    this.#knownBars = { repeated: repeatedBarCount, corrected: correctedBarCount };
    this.#streamProblem = undefined;
    this.#options.onProgress();
  }
}
