import type { TailLogEntriesRequest, TailLogEntriesResponse } from '@weft/proto/logging/v1/log';
import { HEARTBEAT_MS } from '../../../kit/Watchers.ts';
import { limits } from '../lines/limits.ts';
import { filterQuery, timeQuery } from '../store/logsQl.ts';
import type { StoreReader } from '../store/StoreReader.ts';
import type { StoreWriter } from '../store/StoreWriter.ts';
import { entryOf } from './entryOf.ts';

/** Entries of one message. */
const MOST = 500;

export interface TailParts {
  readonly reader: Pick<StoreReader, 'read'>;
  readonly writer: Pick<StoreWriter, 'watch' | 'shownBeyond'>;
  /** The last position that has been taken in. */
  readonly latest: () => number;
}

/**
 * Entries as they come. Each look asks the store for what lies between the last position that was sent and the last that it shows,
 * by the same query as a list: a tail cannot miss what a list has.
 */
export async function* tailLogEntries(
  { reader, writer, latest }: TailParts,
  { filter, after }: TailLogEntriesRequest,
  signal: AbortSignal,
): AsyncGenerator<TailLogEntriesResponse, void> {
  const query = filterQuery(filter);
  using _watching = writer.watch();
  let position = after === '' ? latest() : Number(after);
  yield { logEntries: [], cursor: String(position) };
  while (!signal.aborted) {
    const shown = await writer.shownBeyond(position, HEARTBEAT_MS, signal);
    if (signal.aborted) return;
    if (!shown) {
      yield { logEntries: [], cursor: String(position) };
      continue;
    }
    for (let isMore = true; isMore && !signal.aborted; ) {
      const range = `position:>${position} position:<=${shown.position}`;
      const time = timeOfPositions(position, shown.position);
      const { lines, isFull } = await reader.read(`${time} ${query} ${range}`, 'position', MOST);
      position = isFull ? Number(lines.at(-1)?.position) : shown.position;
      isMore = isFull;
      if (lines.length > 0) yield { logEntries: lines.map(entryOf), cursor: String(position) };
    }
  }
}

/** The times that lines of these positions may have. @param from Not included. */
function timeOfPositions(from: number, to: number): string {
  return timeQuery(
    BigInt(from) * 1_000n - limits.late,
    BigInt(to) * 1_000n + limits.early + 1_000n,
  );
}
