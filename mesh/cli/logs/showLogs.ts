import type { ConsulClient } from '@weft/mesh/consul';
import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import {
  type LogEntry,
  LogFilter,
  LogLevel,
  LogServiceDefinition,
} from '@weft/proto/logging/v1/log';
import { Backoff } from '../../retry/Backoff.ts';
import { OperatedServices } from '../operate/OperatedServices.ts';
import { print } from '../output/print.ts';
import { formatEntry } from './formatEntry.ts';
import type { LogsFlags } from './LogsFlags.ts';

const { fullName, methods } = LogServiceDefinition;
/** The service that has them. */
const LOGGING = 'logging';
const PAGE_SIZE = 1_000;

/** Prints what services have logged. */
export async function showLogs(
  consul: ConsulClient,
  services: readonly string[],
  flags: LogsFlags,
): Promise<void> {
  const operated = await OperatedServices.open(consul, fullName);
  const filter = filterOf(services, flags);
  const show = (entries: readonly LogEntry[]) => {
    for (const entry of entries) print(`${formatEntry(entry, flags.json ?? false)}\n`);
  };
  try {
    if (flags.context !== undefined) show(await contextOf(operated, flags.context));
    else if (flags.follow) await follow(operated, filter, flags, show);
    else show(await latest(operated, filter, flags));
  } finally {
    await operated.close();
  }
}

function filterOf(services: readonly string[], flags: LogsFlags): LogFilter {
  const { level = '', trace = '', text = '', field, instance = '' } = flags;
  return LogFilter.fromPartial({
    ...{ services: [...services], traceId: trace, text, fields: field, instance },
    minLevel: LogLevel[level.toUpperCase() as keyof typeof LogLevel] ?? LogLevel.UNSPECIFIED,
  });
}

async function contextOf(operated: OperatedServices, logEntryId: string): Promise<LogEntry[]> {
  const request = { logEntryId, before: 0, after: 0 };
  return (await operated.call(LOGGING, methods.getLogContext, request)).logEntries;
}

/** The latest lines, oldest first. */
async function latest(
  operated: OperatedServices,
  filter: LogFilter,
  { since, until, lines }: Pick<LogsFlags, 'since' | 'until' | 'lines'>,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let pageToken = '';
  do {
    const page = await operated.call(LOGGING, methods.listLogEntries, {
      ...{ filter, pageToken, pageSize: Math.min(lines - entries.length, PAGE_SIZE) },
      startTime: timestampOf(since),
      endTime: until === undefined ? undefined : timestampOf(until),
    });
    entries.push(...page.logEntries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && entries.length < lines);
  return entries.reverse();
}

/** Prints lines as they come, for as long as the command runs. */
async function follow(
  operated: OperatedServices,
  filter: LogFilter,
  { after: given = '' }: Pick<LogsFlags, 'after'>,
  show: (entries: readonly LogEntry[]) => void,
): Promise<never> {
  let after = given;
  const backoff = new Backoff({ firstMs: 200, longestMs: 5_000 });
  const { signal } = new AbortController();
  for (;;) {
    try {
      const messages = operated.stream(LOGGING, methods.tailLogEntries, { filter, after });
      for await (const { logEntries, cursor } of messages) {
        show(logEntries);
        after = cursor;
        backoff.reset();
      }
    } catch (error) {
      // Before the first message it is no interruption but an answer.
      if (after === '') throw error;
      process.stderr.write(`${(error as Error).message}: going on behind ${after}\n`);
    }
    await backoff.pause(signal).over;
  }
}

function timestampOf(milliseconds: number): Timestamp {
  const seconds = Math.floor(milliseconds / 1_000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1_000) * 1e6) };
}
