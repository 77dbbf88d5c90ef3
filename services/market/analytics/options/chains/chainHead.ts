import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import { ChainUpdated } from '@weft/proto/market/v1/option_market';
import type { EventType } from '../../../../kit/events/EventType.ts';
import { type Micros, microsFromTimestamp } from '../../../../kit/time.ts';

/** What a chain says before its options, and the rest as it came. */
export interface ChainHead {
  readonly product: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly marketUs: Micros;
  /** Of the underlying. */
  readonly price: number;
  /** The bytes of the whole chain. */
  readonly message: Uint8Array;
}

/** Tag and wire type of a field. */
const Field = {
  product: 10,
  epoch: 16,
  sequence: 24,
  marketTime: 34,
  underlyingPrice: 41,
} as const;

/**
 * ChainUpdated, read by its first fields alone: thousands of numbers of options are none of the business of who keeps the chain, and
 * he has ticks to take besides.
 */
export const chainHead: EventType<ChainHead> = {
  $type: ChainUpdated.$type,
  decode: readHead,
  encode: ({ message }) => ({ finish: () => message }),
};

function readHead(message: Uint8Array): ChainHead {
  const reader = new BinaryReader(message);
  const head = { product: '', epoch: 0, sequence: 0, marketUs: 0, price: 0, message };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === Field.product) head.product = reader.string();
    else if (tag === Field.epoch) head.epoch = Number(reader.uint64());
    else if (tag === Field.sequence) head.sequence = Number(reader.uint64());
    else if (tag === Field.marketTime) {
      head.marketUs = microsFromTimestamp(Timestamp.decode(reader, reader.uint32()));
    } else if (tag === Field.underlyingPrice) head.price = reader.double();
    else reader.skip(tag & 7);
  }
  return head;
}
