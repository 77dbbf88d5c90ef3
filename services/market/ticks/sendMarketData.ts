import { isRejection, Metadata, RpcError, type ServiceClient, Status } from '@weft/mesh/runtime';
import type {
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';
import pRetry from 'p-retry';
import type { Backlog } from './Backlog.ts';
import { barBatchOf } from './barBatchOf.ts';
import { batchOf } from './batchOf.ts';
import type { SourceBatch } from './TickSource.ts';

export interface SendMarketDataOptions {
  readonly client: ServiceClient<MarketDataServiceDefinition>;
  /** What is sent, and what of it waits for acknowledgement. */
  readonly backlog: Backlog;
  /** By which the receiver knows the sequence. */
  readonly source: string;
  /** Of all that is sent. */
  readonly symbol: string;
  /** No more is wanted; what is under way may arrive. */
  readonly stopping: AbortSignal;
  /** Nothing is waited for any more. */
  readonly cutting: AbortSignal;
  /** Told how many ticks, or bars, are handed to the stream: also of those that are sent again. */
  readonly onSent: (count: number) => void;
  /** The first of each call says where it goes on. */
  readonly onAcknowledged: (response: StreamMarketDataResponse) => void;
  /** A call has failed. Another one is made at once if it had progressed, and the error does not speak against that. */
  readonly onBroken: (error: unknown, hasProgressed: boolean) => void;
}

/** Once what stood in the way is gone, it goes on within a second. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 1_000;
/** By which an operator may have each symbol kept by one instance of the receiver. */
const SYMBOL_HEADER = 'x-symbol';

/**
 * Streams ticks, or bars, of one symbol to the receiver until all that the backlog will ever have is acknowledged, through
 * whatever comes between: each of them counts once.
 *
 * @returns whether that is so; false when it was stopped.
 * @throws what the receiver refuses, and what the source throws.
 */
export async function sendMarketData(options: SendMarketDataOptions): Promise<boolean> {
  const { stopping, backlog } = options;
  try {
    while (!stopping.aborted) {
      await pRetry(() => call(options), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: FIRST_RETRY_MS,
        maxTimeout: LAST_RETRY_MS,
        randomize: true,
        signal: stopping,
        shouldRetry: ({ error }) => passes(error),
      });
      if (backlog.isFinished && !stopping.aborted) return true;
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
  return false;
}

/**
 * Makes one call, and sends what the receiver takes.
 *
 * @throws when it failed before the receiver acknowledged anything new: the next call had better wait.
 */
async function call(options: SendMarketDataOptions): Promise<void> {
  const { client, backlog, symbol, stopping, cutting, onAcknowledged, onBroken } = options;
  const opened = Promise.withResolvers<number>();
  let opening: number | undefined;
  let acknowledged = 0;
  const calling = new AbortController();
  // A receiver that has not answered yet owes nothing to a sender that is stopped.
  const stop = () => {
    if (opening === undefined) calling.abort();
  };
  stopping.addEventListener('abort', stop);
  try {
    const signal = AbortSignal.any([calling.signal, cutting]);
    const metadata = new Metadata();
    metadata.set(SYMBOL_HEADER, symbol);
    const requests = requestsOf(options, opened.promise);
    for await (const response of client.streamMarketData(requests, { signal, metadata })) {
      acknowledged = response.acknowledgedSequence;
      opening ??= acknowledged;
      opened.resolve(acknowledged);
      backlog.acknowledge(acknowledged);
      onAcknowledged(response);
    }
    if (!backlog.isFinished) {
      throw new RpcError(Status.UNAVAILABLE, 'the receiver has ended the stream');
    }
  } catch (error) {
    const hasProgressed = opening !== undefined && acknowledged > opening;
    onBroken(error, hasProgressed);
    if (!hasProgressed || !passes(error)) throw error;
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

async function* requestsOf(
  { source, symbol, backlog, onSent }: SendMarketDataOptions,
  opened: Promise<number>,
): AsyncGenerator<StreamMarketDataRequest, void> {
  yield { message: { $case: 'open', value: { source } } };
  for await (const batch of backlog.batchesAfter(await opened)) {
    onSent(batch.sequence.length);
    yield { message: messageOf(symbol, batch) };
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
