import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import { type LogEntry, LogLevel, LogMark } from '@weft/proto/logging/v1/log';
import { fromRfc3339 } from '../lines/rfc3339.ts';
import { FIELD_PREFIX } from '../lines/StoredLine.ts';
import type { FoundLine } from '../store/VictoriaLogs.ts';

/** Where an entry stands: what its id says. */
export interface EntryPlace {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly position: number;
}

export function placeOf(line: FoundLine): EntryPlace {
  return { time: fromRfc3339(line._time), position: Number(line.position) };
}

export function formatPlace({ time, position }: EntryPlace): string {
  return `${time}-${position}`;
}

/** @param text What formatPlace() has made. */
export function parsePlace(text: string): EntryPlace {
  const [time = '0', position = '0'] = text.split('-');
  return { time: BigInt(time), position: Number(position) };
}

/** What callers are shown of a line. */
export function entryOf(line: FoundLine): LogEntry {
  const place = placeOf(line);
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(line)) {
    if (name.startsWith(FIELD_PREFIX)) fields[name.slice(FIELD_PREFIX.length)] = value;
  }
  const marks = line.marks?.split(',') ?? [];
  return {
    logEntryId: formatPlace(place),
    time: timestampOf(place.time),
    receiveTime: timestampOf(BigInt(place.position) * 1_000n),
    service: line.service,
    instance: line.instance ?? '',
    level: LogLevel[line.level.toUpperCase() as keyof typeof LogLevel] ?? LogLevel.UNSPECIFIED,
    message: line._msg,
    traceId: line.traceId ?? '',
    fields,
    marks: marks.map((mark) => LogMark[mark.toUpperCase() as keyof typeof LogMark]),
  };
}

function timestampOf(time: bigint): Timestamp {
  return { seconds: Number(time / 1_000_000_000n), nanos: Number(time % 1_000_000_000n) };
}
