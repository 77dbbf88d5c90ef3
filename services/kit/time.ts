import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';

/**
 * Instants are whole microseconds since the Unix epoch in a JavaScript number: exact from the year
 * 1684 to 2255.
 */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_DAY: Micros = 1_440 * MICROS_PER_MINUTE;

/** Microseconds since the epoch; what is finer than a microsecond is cut off. */
export function microsFromTimestamp(timestamp: Timestamp): Micros {
  return timestamp.seconds * MICROS_PER_SECOND + Math.floor(timestamp.nanos / 1000);
}

export function timestampFromMicros(micros: Micros): Timestamp {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  return { seconds, nanos: (micros - seconds * MICROS_PER_SECOND) * 1000 };
}

/** To the millisecond, which is what a Date holds. */
export function timestampFromDate(date: Date): Timestamp {
  return timestampFromMicros(date.getTime() * 1_000);
}

/** Whether each microsecond at this distance from the epoch is a number of its own. */
export function isExactMicros(micros: number): boolean {
  return Number.isSafeInteger(micros);
}

/** To the millisecond; what is finer is cut off. */
export function dateFromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1000 + Math.floor(nanos / 1_000_000));
}
