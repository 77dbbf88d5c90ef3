import { createReadStream } from 'node:fs';
import { RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import type { BarLength } from '@weft/proto/market/v1/market_data';
import {
  type BadRows,
  type Feed,
  FeedState,
  type TradingServiceDefinition,
  type UploadFileRequest,
} from '@weft/proto/market/v1/trading';
import { fileSize } from './fileSize.ts';
import { untilAnswered } from './untilAnswered.ts';

export interface ReplayOptions {
  readonly trading: ServiceClient<TradingServiceDefinition>;
  readonly file: string;
  readonly symbol: string;
  readonly badRows: BadRows;
  /** Default: found from the file's times. */
  readonly barLength?: BarLength | undefined;
  /** Zone of times that name none. Default: UTC. */
  readonly timeZone?: string;
  /** 0: as fast as the receiver takes them. */
  readonly ticksPerSecond: number;
  /** Ends the wait. The feed goes on nevertheless. */
  readonly signal: AbortSignal;
  /** Told of the part of the file that is uploaded, in bytes. */
  readonly onUpload?: (sentBytes: number, totalBytes: number) => void;
  readonly onProgress?: (feed: Feed) => void;
}

export interface ReplayResult {
  /** The feed at its end. */
  readonly feed: Feed;
  /** The file had been sent before, and nothing was sent now. */
  readonly wasComplete: boolean;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Uploads a CSV file, starts its feed and waits until all its ticks are acknowledged, also when trading is started
 * again meanwhile. A file that was sent before adds nothing.
 *
 * @throws when the file cannot be read; RpcError when it is refused; Error when the feed was stopped or has failed.
 */
export async function replayFile(options: ReplayOptions): Promise<ReplayResult> {
  const { trading, file, symbol: assetSymbol, badRows, ticksPerSecond, signal } = options;
  const { barLength, timeZone = '' } = options;
  const totalBytes = await fileSize(file);
  const { fileId } = await untilAnswered(
    () => trading.uploadFile(chunksOf(file, totalBytes, options.onUpload), { signal }),
    signal,
  );
  const value = { fileId, assetSymbol, badRows, barLength, timeZone };
  const source = { source: { $case: 'file', value } } as const;
  const { feed } = await untilAnswered(
    () => trading.createFeed({ source, ticksPerSecond }, { signal }),
    signal,
  );
  const wasComplete = feed?.state === FeedState.FINISHED;
  return { feed: await watch(feed?.feedId ?? '', options), wasComplete };
}

async function watch(feedId: string, options: ReplayOptions): Promise<Feed> {
  const { trading, signal, onProgress } = options;
  return untilAnswered(async () => {
    for await (const { feed } of trading.watchFeed({ feedId }, { signal })) {
      if (!feed) continue;
      onProgress?.(feed);
      if (feed.state === FeedState.FINISHED) return feed;
      if (feed.state === FeedState.FAILED) throw new Error(`the feed has failed: ${feed.message}`);
      if (feed.state === FeedState.STOPPED) throw new Error('the feed was stopped');
    }
    throw new RpcError(Status.UNAVAILABLE, 'trading is stopping');
  }, signal);
}

async function* chunksOf(
  file: string,
  totalBytes: number,
  onUpload: ReplayOptions['onUpload'],
): AsyncGenerator<UploadFileRequest> {
  let sentBytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    yield { chunk };
    sentBytes += chunk.length;
    onUpload?.(sentBytes, totalBytes);
  }
}
