/**
 * A program as `weft exec` takes any: stock grpc-js that serves on WEFT_PORT as the bootstrap says, with
 * reflection that leaves out what grpc-java's does. It knows every asset but NONE, and on SIGTERM says so and ends with 7.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  Metadata,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { register, XdsServer, XdsServerCredentials } from '@grpc/grpc-js-xds';
import { Contracts } from '@weft/mesh/contracts';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '@weft/proto/grpc/reflection/v1/reflection';
import {
  GetAssetSummaryRequest,
  GetAssetSummaryResponse,
  WatchAssetRequest,
  WatchAssetResponse,
} from '@weft/proto/market/v1/analytics';
import {
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '@weft/proto/market/v1/market_data';
import { encodeDetails } from '../../runtime/rpc/errorDetails.ts';
import { listen } from '../../testing/listen.ts';

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}
const write =
  <T>(codec: Codec<T>) =>
  (message: T) =>
    Buffer.from(codec.encode(message).finish());
const read =
  <T>(codec: Codec<T>) =>
  (bytes: Buffer) =>
    codec.decode(bytes);

register();
const { registry } = Contracts.load();
const server = new XdsServer();

server.register(
  '/market.v1.AnalyticsService/GetAssetSummary',
  (
    { request }: ServerUnaryCall<GetAssetSummaryRequest, GetAssetSummaryResponse>,
    done: sendUnaryData<GetAssetSummaryResponse>,
  ) => {
    const { assetSymbol } = request;
    if (assetSymbol === 'NONE') return done({ code: status.NOT_FOUND, details: 'no such asset' });
    if (assetSymbol === '') return done(refusal());
    done(null, { summary: { ...zeros, assetSymbol, count: 3 } });
  },
  write(GetAssetSummaryResponse),
  read(GetAssetSummaryRequest),
  'unary',
);

server.register(
  '/market.v1.AnalyticsService/WatchAsset',
  (call: ServerWritableStream<WatchAssetRequest, WatchAssetResponse>) => {
    const { assetSymbol } = call.request;
    for (const count of [1, 2]) call.write({ summary: { ...zeros, assetSymbol, count } });
    if (assetSymbol !== 'ENDLESS') call.end();
  },
  write(WatchAssetResponse),
  read(WatchAssetRequest),
  'serverStream',
);

server.register(
  '/market.v1.MarketDataService/StreamMarketData',
  (call: ServerDuplexStream<StreamMarketDataRequest, StreamMarketDataResponse>) => {
    let count = 0;
    call.on('data', () => {
      count += 1;
      call.write({ acknowledgedSequence: count });
    });
    call.on('end', () => call.end());
  },
  write(StreamMarketDataResponse),
  read(StreamMarketDataRequest),
  'bidi',
);

server.register(
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  (call: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
    call.on('data', (originalRequest: ServerReflectionRequest) => {
      const question = originalRequest.messageRequest;
      const symbol = String(question?.value);
      const file =
        question?.$case === 'fileByFilename'
          ? registry.getFile(symbol)
          : registry.getService(symbol)?.file;
      call.write({
        validHost: '',
        originalRequest,
        messageResponse: file
          ? {
              $case: 'fileDescriptorResponse',
              value: { fileDescriptorProto: [withoutJsonNames(file.proto)] },
            }
          : {
              $case: 'errorResponse',
              value: { errorCode: status.NOT_FOUND, errorMessage: `not found: ${symbol}` },
            },
      });
    });
    call.on('end', () => call.end());
  },
  write(ServerReflectionResponse),
  read(ServerReflectionRequest),
  'bidi',
);

function withoutJsonNames(file: FileDescriptorProto): Buffer {
  const copy = fromBinary(FileDescriptorProtoSchema, toBinary(FileDescriptorProtoSchema, file));
  for (const field of copy.messageType.flatMap((message) => message.field)) field.jsonName = '';
  return Buffer.from(toBinary(FileDescriptorProtoSchema, copy));
}

const zeros = {
  ...{ assetSymbol: '', count: 0, first: 0, last: 0, high: 0, low: 0, vwap: 0, volume: 0 },
  ...{ fromTime: undefined, toTime: undefined },
};

function refusal(): { code: status; details: string; metadata: Metadata } {
  const details = 'asset_symbol: must not be empty';
  const fieldViolations = [
    {
      field: 'asset_symbol',
      description: 'must not be empty',
      reason: '',
      localizedMessage: undefined,
    },
  ];
  const metadata = new Metadata();
  metadata.set(
    'grpc-status-details-bin',
    encodeDetails(status.INVALID_ARGUMENT, details, [
      { type: 'google.rpc.BadRequest', value: { fieldViolations } },
    ]),
  );
  return { code: status.INVALID_ARGUMENT, details, metadata };
}

process.on('SIGTERM', () => {
  process.stdout.write('told to stop\n');
  process.exit(7);
});
await listen(
  server,
  new XdsServerCredentials(ServerCredentials.createInsecure()),
  Number(process.env.WEFT_PORT),
);
process.stdout.write(`serving as ${process.env.WEFT_SERVICE_ID}\n`);
