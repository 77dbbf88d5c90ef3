import { errorInfo, RpcError, Status } from '@weft/mesh/runtime';
import type { GetLogContextRequest, GetLogContextResponse } from '@weft/proto/logging/v1/log';
import { LoggingReason } from '../LoggingReason.ts';
import { limits } from '../lines/limits.ts';
import { quoted, timeQuery } from '../store/logsQl.ts';
import type { StoreReader } from '../store/StoreReader.ts';
import { entryOf, parsePlace } from './entryOf.ts';

const DEFAULT_LINES = 10;

/** The entries around one, of the same instance, which are at most an hour away. */
export async function getLogContext(
  reader: Pick<StoreReader, 'read'>,
  { logEntryId, before, after }: GetLogContextRequest,
): Promise<GetLogContextResponse> {
  const { time, position } = parsePlace(logEntryId);
  const at = timeQuery(time, time + 1n);
  const found = await reader.read(`${at} position:=${position}`, 'position', 2);
  const [line] = found.lines;
  if (!line) {
    throw new RpcError(Status.NOT_FOUND, `no log entry ${logEntryId}`, {
      details: [errorInfo(LoggingReason.LOG_ENTRY_NOT_FOUND)],
    });
  }
  const own = `{service=${quoted(line.service)},instance=${quoted(line.instance ?? '')}}`;
  const around = async (range: string, others: string, order: 'asc' | 'desc', count: number) => {
    const query = `${range} ${own} !(${at} ${others})`;
    const sort = `_time ${order}, position ${order}`;
    return (await reader.read(query, sort, count || DEFAULT_LINES)).lines;
  };
  const [earlier, later] = await Promise.all([
    around(timeQuery(time - limits.late, time + 1n), `position:>=${position}`, 'desc', before),
    around(timeQuery(time, time + limits.late), `position:<=${position}`, 'asc', after),
  ]);
  return { logEntries: [...earlier.toReversed(), line, ...later].map(entryOf) };
}
