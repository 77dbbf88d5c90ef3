import type { LogFilter } from '@weft/proto/logging/v1/log';
import { rfc3339 } from '../lines/rfc3339.ts';
import { FIELD_PREFIX, LEVELS } from '../lines/StoredLine.ts';

/**
 * A text as LogsQL reads it again: what callers say comes into a query by this alone. LogsQL unquotes as Go does, which knows
 * JSON's escapes; it knows no halves of characters, so these become U+FFFD, as they are stored.
 *
 * @see https://docs.victoriametrics.com/victorialogs/logsql/#string-literals
 */
export function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** Entries that a filter asks for, in LogsQL; "*" for all. */
export function filterQuery(filter: LogFilter | undefined): string {
  const {
    services = [],
    instance = '',
    minLevel = 0,
    traceId = '',
    text = '',
    fields = [],
  } = filter ?? {};
  const parts = [
    services.length > 0 && `{service in (${services.map(quoted).join(',')})}`,
    instance !== '' && `instance:=${quoted(instance)}`,
    minLevel > 1 &&
      `level:in(${LEVELS.slice(minLevel - 1)
        .map(quoted)
        .join(',')})`,
    traceId !== '' && `traceId:=${quoted(traceId)}`,
    text !== '' && `_msg:*${quoted(text)}*`,
    ...fields.map((field) => {
      const at = field.indexOf('=');
      return `${quoted(FIELD_PREFIX + field.slice(0, at))}:=${quoted(field.slice(at + 1))}`;
    }),
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(' ') : '*';
}

/** Entries of a time. @param from In nanoseconds, included. @param to Not included. */
export function timeQuery(from: bigint, to: bigint): string {
  return `_time:[${rfc3339(from)},${rfc3339(to)})`;
}
