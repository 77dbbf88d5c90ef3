import type { ListAssetsRequest, ListAssetsResponse } from '@weft/proto/market/v1/analytics';
import type { Kysely } from 'kysely';
import { readPage } from '../../kit/readPage.ts';
import { readAssets } from './book/readState.ts';
import { summaryOf } from './book/Summaries.ts';
import type { DB } from './database.ts';

/** One page of all assets' summaries, ordered by symbol. */
export async function listAssets(
  database: Kysely<DB>,
  request: ListAssetsRequest,
): Promise<ListAssetsResponse> {
  const { rows, nextPageToken } = await readPage(request, {
    list: ['assets'],
    type: 'string',
    read: (after: string | undefined, limit) => readAssets(database, { after, limit }),
    positionOf: ({ symbol }) => symbol,
  });
  return { assets: rows.map(summaryOf), nextPageToken };
}
