import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';

/** A time in RFC 3339, to the millisecond; empty where there is none. */
export function timeOf(time: Timestamp | undefined): string {
  return time ? new Date(time.seconds * 1_000 + time.nanos / 1e6).toISOString() : '';
}
