import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import type { ListLogEntriesRequest, ListLogEntriesResponse } from '@weft/proto/logging/v1/log';
import { readPage } from '../../../kit/readPage.ts';
import { limits } from '../lines/limits.ts';
import { rfc3339 } from '../lines/rfc3339.ts';
import { filterQuery, timeQuery } from '../store/logsQl.ts';
import type { StoreReader } from '../store/StoreReader.ts';
import { type EntryPlace, entryOf, formatPlace, parsePlace, placeOf } from './entryOf.ts';

const DAY_NS = 86_400_000_000_000n;

/** A page of the entries that a filter asks for, newest first. */
export async function listLogEntries(
  reader: Pick<StoreReader, 'read'>,
  request: ListLogEntriesRequest,
): Promise<ListLogEntriesResponse> {
  const { filter, startTime, endTime, pageSize, pageToken } = request;
  const query = filterQuery(filter);
  const latest = nanoseconds(endTime) ?? BigInt(Date.now()) * 1_000_000n + limits.early;
  let earliest = nanoseconds(startTime) ?? latest - DAY_NS;
  let isFull = false;
  const { rows, nextPageToken } = await readPage(
    { pageSize, pageToken },
    {
      list: ['log entries', query, stamp(startTime), stamp(endTime)],
      type: 'string',
      async read(after: string | undefined, limit) {
        let range = timeQuery(earliest, latest);
        if (after !== undefined) {
          // All pages begin where the first one would.
          const [from = '0', last = ''] = after.split(' ');
          earliest = BigInt(from);
          const place = parsePlace(last);
          range = `${timeQuery(earliest, place.time + 1n)} ${notYet(place)}`;
        }
        const order = '_time desc, position desc';
        const page = await reader.read(`${range} ${query}`, order, limit);
        isFull = page.isFull;
        return [...page.lines];
      },
      positionOf: (line) => `${earliest} ${formatPlace(placeOf(line))}`,
      hasStoppedEarly: () => isFull,
    },
  );
  return { logEntries: rows.map(entryOf), nextPageToken };
}

/** Of the entries up to a place, those before it. */
function notYet({ time, position }: EntryPlace): string {
  return `!(${timeQuery(time, time + 1n)} position:>=${position})`;
}

function nanoseconds(time: Timestamp | undefined): bigint | undefined {
  return time && BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos);
}

function stamp(time: Timestamp | undefined): string {
  const given = nanoseconds(time);
  return given === undefined ? '' : rfc3339(given);
}
