import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import { type RawBuilder, sql } from 'kysely';
import { invalidArgument } from '../../../kit/invalidArgument.ts';
import { type Micros, microsFromTimestamp } from '../../../kit/time.ts';

/** From a time on, and before another. */
export interface TimeRange {
  readonly fromUs: Micros;
  readonly untilUs: Micros;
}

/** Beyond all times of a market. */
const FAR_US = Number.MAX_SAFE_INTEGER;

/** What a request asks for. @throws RpcError INVALID_ARGUMENT, reason TIME_RANGE_EMPTY, for an end that is not after the start. */
export function timeRangeOf({
  startTime,
  endTime,
}: {
  readonly startTime?: Timestamp | undefined;
  readonly endTime?: Timestamp | undefined;
}): TimeRange {
  const fromUs = startTime ? microsFromTimestamp(startTime) : -FAR_US;
  const untilUs = endTime ? microsFromTimestamp(endTime) : FAR_US;
  if (startTime && endTime && fromUs >= untilUs) {
    throw invalidArgument('end_time', 'must be after start_time', 'TIME_RANGE_EMPTY');
  }
  return { fromUs: Math.max(fromUs, -FAR_US), untilUs: Math.min(untilUs, FAR_US) };
}

/** As PostgreSQL compares it, to the microsecond. */
export function timestampOf(us: Micros): RawBuilder<Date> {
  return sql`(timestamptz 'epoch' + ${us}::bigint * interval '1 microsecond')`;
}
