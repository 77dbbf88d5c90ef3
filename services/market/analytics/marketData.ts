import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  MarketDataServiceDefinition,
  OpenMarketData,
  SendMarketDataRequest,
  StreamMarketDataRequest,
  TickBatch,
} from '@weft/proto/market/v1/market_data';
import type { Ledger } from './book/Ledger.ts';
import type { Sent, SourceStream } from './book/SourceStream.ts';

/** Serves MarketDataService: takes ticks and bars into the ledger. */
export function marketData(ledger: Ledger): HandlersOf<MarketDataServiceDefinition> {
  return {
    async sendMarketData(request) {
      await ledger.send(batchOf(request));
      return { success: true };
    },

    async *streamMarketData(requests) {
      const messages = requests[Symbol.asyncIterator]();
      const { source } = await readOpen(messages);
      const stream = await ledger.openSource(source);
      try {
        receive(messages, stream);
        for await (const { sequence, bars } of stream.acknowledgements) {
          yield {
            acknowledgedSequence: sequence,
            ...(bars.repeated > 0 && { repeatedBarCount: bars.repeated }),
            ...(bars.corrected > 0 && { correctedBarCount: bars.corrected }),
          };
        }
      } finally {
        stream.close();
      }
    },
  };
}

/** Takes batch after batch; whatever ends that, ends the acknowledgements. */
async function receive(
  messages: AsyncIterator<StreamMarketDataRequest>,
  stream: SourceStream,
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await messages.next();
      if (done) break;
      await stream.receive(readSent(value));
    }
    await stream.finish();
  } catch (error) {
    stream.fail(error);
  }
}

async function readOpen(messages: AsyncIterator<StreamMarketDataRequest>): Promise<OpenMarketData> {
  const { done, value } = await messages.next();
  if (done || value.message?.$case !== 'open') {
    throw new RpcError(Status.INVALID_ARGUMENT, 'the first message of the call must be "open"');
  }
  return value.message.value;
}

function readSent({ message }: StreamMarketDataRequest): Sent {
  if (message?.$case !== 'batch' && message?.$case !== 'bars') {
    throw new RpcError(
      Status.INVALID_ARGUMENT,
      'each message after the first must be a batch or bars: a call sends one source',
    );
  }
  return message;
}

/** A batch of one tick. Its sequence number says nothing, for it has no source. */
function batchOf({ assetSymbol, price, size = 1, timestamp }: SendMarketDataRequest): TickBatch {
  return {
    symbols: [assetSymbol],
    symbolIndex: [0],
    price: [price],
    size: [size],
    latestEventTime: timestamp,
    ageUs: [0],
    firstSequence: 1,
    sequenceStep: [],
  };
}
