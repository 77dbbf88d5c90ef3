import { type LogEntry, LogLevel, LogMark } from '@weft/proto/logging/v1/log';
import { escapeLine } from '../output/escapeControls.ts';

const LEVELS = namesOf(LogLevel);
const MARKS = namesOf(LogMark);

/** An entry on one line, for people or as JSON. */
export function formatEntry(entry: LogEntry, json: boolean): string {
  const { logEntryId, service, instance, message, traceId, fields } = entry;
  const level = LEVELS.get(entry.level) ?? 'unknown';
  const marks = entry.marks.map((mark) => MARKS.get(mark) ?? 'unknown');
  const time = new Date(
    (entry.time?.seconds ?? 0) * 1_000 + (entry.time?.nanos ?? 0) / 1e6,
  ).toISOString();
  if (json) {
    const said = { logEntryId, time, level, service, instance, message, traceId, fields, marks };
    return JSON.stringify(said);
  }
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  return [
    ...[time, level.padEnd(5), instance || service, escapeLine(message), ...rest],
    ...(traceId ? [`trace=${traceId}`] : []),
    ...(marks.length > 0 ? [`(${marks.join(', ')})`] : []),
  ].join(' ');
}

function shown(value: string): string {
  const line = escapeLine(value);
  return /[\s"=]/.test(line) ? JSON.stringify(line) : line;
}

function namesOf(values: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(values).map(([name, value]) => [value, name.toLowerCase().replaceAll('_', ' ')]),
  );
}
