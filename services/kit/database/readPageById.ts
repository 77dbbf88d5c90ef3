import { type SelectQueryBuilder, sql } from 'kysely';
import { type PageRequest, readPage } from '../readPage.ts';

/**
 * One page of the rows of a query, in the order of their ids, which are UUIDv7 and so in the order of time. See readPage().
 *
 * @param list What the request asks for, page size and token left out: such as ["sessions", accountId].
 * @param query Of one table, unordered.
 * @param direction Default: the newest first.
 * @throws what readPage throws.
 */
export function readPageById<DB, Tables extends keyof DB, Row extends { readonly id: string }>(
  request: PageRequest,
  list: readonly (string | number)[],
  query: SelectQueryBuilder<DB, Tables, Row>,
  direction: 'asc' | 'desc' = 'desc',
): Promise<{ rows: Row[]; nextPageToken: string }> {
  const id = sql.ref<string>('id');
  const beyond = direction === 'desc' ? '<' : '>';
  return readPage(request, {
    list,
    type: 'string',
    read: (after: string | undefined, limit) =>
      (after === undefined ? query : query.where(id, beyond, after))
        .orderBy(id, direction)
        .limit(limit)
        .execute(),
    positionOf: (row) => row.id,
  });
}
