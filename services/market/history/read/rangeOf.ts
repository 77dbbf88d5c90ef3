import type { Duration } from '@weft/proto/google/protobuf/duration';
import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { MICROS_PER_SECOND, type Micros, microsFromTimestamp } from '../../../kit/time.ts';
import { HistoryReason } from '../HistoryReason.ts';

/** Instants from one on, and before another. */
export interface TimeRange {
  readonly fromUs: Micros;
  readonly untilUs: Micros;
}

/**
 * What a request asks for; without a start or an end, all there is.
 *
 * @throws RpcError INVALID_ARGUMENT (RANGE_REVERSED) for an end before the start.
 */
export function rangeOf(
  startTime: Timestamp | undefined,
  endTime: Timestamp | undefined,
): TimeRange {
  const fromUs = startTime ? keptMicros(startTime) : Number.MIN_SAFE_INTEGER;
  const untilUs = endTime ? keptMicros(endTime) : Number.MAX_SAFE_INTEGER;
  if (fromUs > untilUs) {
    throw invalidArgument(
      'start_time',
      'must not be later than end_time',
      HistoryReason.RANGE_REVERSED,
    );
  }
  return { fromUs, untilUs };
}

/** Nothing is kept of times that a number cannot tell apart: they are as good as its ends. */
export function keptMicros(time: Timestamp): Micros {
  const us = microsFromTimestamp(time);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(us, Number.MAX_SAFE_INTEGER));
}

/** Undefined: not in buckets. @throws RpcError INVALID_ARGUMENT for a length that is no whole number of seconds. */
export function bucketOf(length: Duration | undefined): Micros | undefined {
  if (!length) return undefined;
  if (length.nanos !== 0) throw invalidArgument('bucket', 'must be whole seconds');
  return length.seconds * MICROS_PER_SECOND;
}
