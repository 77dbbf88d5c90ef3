import { status as Status } from '@grpc/grpc-js';
import {
  AnalyticsServiceDefinition,
  type GetAssetSummaryResponse,
  type WatchAssetResponse,
} from '@weft/proto/market/v1/analytics';
import {
  MarketDataServiceDefinition,
  type StreamMarketDataRequest,
  type StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';
import {
  TradingServiceDefinition,
  type UploadFileRequest,
  type UploadFileResponse,
} from '@weft/proto/market/v1/trading';
import { RpcError } from '../rpc/RpcError.ts';
import type { CallContext } from '../server/CallContext.ts';
import { implement } from '../server/implement.ts';

/** What a test does not call. */
export const unimplemented = (): never => {
  throw new RpcError(Status.UNIMPLEMENTED, 'not in this test');
};

type Summary = (
  request: { assetSymbol: string },
  context: CallContext,
) => Promise<GetAssetSummaryResponse>;
type Watch = (
  request: { assetSymbol: string },
  context: CallContext,
) => AsyncIterable<WatchAssetResponse>;
type Stream = (
  requests: AsyncIterable<StreamMarketDataRequest>,
  context: CallContext,
) => AsyncIterable<StreamMarketDataResponse>;
type Upload = (
  requests: AsyncIterable<UploadFileRequest>,
  context: CallContext,
) => Promise<UploadFileResponse>;

/** Services of the contracts, with a test's own handlers where it needs them. */
export const analytics = (getAssetSummary: Summary, watchAsset: Watch = unimplemented) =>
  implement(AnalyticsServiceDefinition, {
    getAssetSummary,
    watchAsset,
    listAssets: unimplemented,
    listCandles: unimplemented,
  });
export const marketData = (streamMarketData: Stream) =>
  implement(MarketDataServiceDefinition, { streamMarketData, sendMarketData: unimplemented });
export const trading = (uploadFile: Upload) =>
  implement(TradingServiceDefinition, {
    uploadFile,
    createFeed: unimplemented,
    listFeeds: unimplemented,
    watchFeed: unimplemented,
    stopFeed: unimplemented,
  });

export const open = (source: string): StreamMarketDataRequest => ({
  message: { $case: 'open', value: { source } },
});

export const emptySummary = {
  assetSymbol: '',
  count: 0,
  first: 0,
  last: 0,
  high: 0,
  low: 0,
  vwap: 0,
  volume: 0,
  fromTime: undefined,
  toTime: undefined,
};
