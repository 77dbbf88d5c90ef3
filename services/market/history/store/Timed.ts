import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import type { BatchEvent, HandlerContext } from '../../../kit/events/on.ts';
import { isExactMicros, type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import type { DB } from '../database.ts';
import type { Partitions } from './Partitions.ts';

/** An event of a product, and of one time of the market's clock. */
export interface MarketEvent {
  readonly product: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly marketTime: Timestamp | undefined;
}

/** An event with its time. */
export interface Timed<T> {
  readonly event: T;
  /** As it came. */
  readonly payload: Uint8Array;
  readonly timeUs: Micros;
}

/**
 * Of several of one product and time the one that counts: that of the highest epoch and sequence, of equals the first.
 *
 * @throws RangeError for an event without a time.
 */
export function newestOfEach<T extends MarketEvent>(events: readonly BatchEvent<T>[]): Timed<T>[] {
  const newest = new Map<string, Timed<T>>();
  for (const { decode, payload } of events) {
    const event = decode();
    const { product, sequence, marketTime } = event;
    const timeUs = marketTime ? microsFromTimestamp(marketTime) : Number.NaN;
    if (!isExactMicros(timeUs))
      throw new RangeError(`update ${sequence} of ${product} has no time`);
    const known = newest.get(`${product} ${timeUs}`);
    if (!known || isNewer(event, known.event)) {
      newest.set(`${product} ${timeUs}`, { event, payload, timeUs });
    }
  }
  return [...newest.values()];
}

function isNewer(one: MarketEvent, other: MarketEvent): boolean {
  return one.epoch === other.epoch ? one.sequence > other.sequence : one.epoch > other.epoch;
}

/** Writes events once there are tables for their times; those older than all that is kept are passed over. */
export async function storeTimed<T extends MarketEvent>(
  partitions: Partitions,
  events: readonly Timed<T>[],
  { transaction, log }: Pick<HandlerContext<DB>, 'transaction' | 'log'>,
  write: (events: readonly Timed<T>[]) => Promise<void>,
): Promise<void> {
  try {
    const kept: Timed<T>[] = [];
    for (const each of events) {
      const { product, epoch, sequence } = each.event;
      if (await partitions.prepare(transaction, each.timeUs)) kept.push(each);
      else log.warn({ product, epoch, sequence }, 'what came was older than all that is kept');
    }
    if (kept.length > 0) await write(kept);
  } catch (error) {
    // Another instance may have removed a table that was known here.
    partitions.forget();
    throw error;
  }
}
