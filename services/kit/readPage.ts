import { decodePageToken, encodePageToken, type PagePosition } from './pageToken.ts';

/** What a request for a list says about pages (AIP-158). */
export interface PageRequest {
  /** 0: 100. */
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
}

export interface PageOptions<Row, Position extends PagePosition> {
  /** What the request asks for, page size and token left out: such as ["candles", symbol]. */
  readonly list: readonly (string | number)[];
  /** Type of the positions. */
  readonly type: Position extends string ? 'string' : 'number';
  /** Reads the rows that follow a position, or the first ones, at most so many. */
  readonly read: (after: Position | undefined, limit: number) => Promise<Row[]>;
  readonly positionOf: (row: Row) => Position;
  /** Whether there may be more rows than `read` has answered, though they are fewer than it may. Default: never. */
  readonly hasStoppedEarly?: (rows: readonly Row[]) => boolean;
}

const DEFAULT_PAGE_SIZE = 100;

/**
 * One page of a list, and the token for the next one; that is empty on the last page.
 *
 * @see https://google.aip.dev/158
 * @throws RpcError INVALID_ARGUMENT for a token of another list, and for what is no token.
 */
export async function readPage<Row, Position extends PagePosition>(
  request: PageRequest,
  { list, type, read, positionOf, hasStoppedEarly }: PageOptions<Row, Position>,
): Promise<{ rows: Row[]; nextPageToken: string }> {
  const pageSize = request.pageSize || DEFAULT_PAGE_SIZE;
  const after = decodePageToken(request.pageToken, list, type) as Position | undefined;
  // One more than is shown tells whether there is a next page.
  const found = await read(after, pageSize + 1);
  const rows = found.slice(0, pageSize);
  const hasMore = found.length > pageSize || (hasStoppedEarly?.(found) ?? false);
  return {
    rows,
    nextPageToken: hasMore ? encodePageToken(list, positionOf(rows.at(-1) as Row)) : '',
  };
}
