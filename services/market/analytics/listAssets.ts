import type { ListAssetsRequest, ListAssetsResponse } from '@weft/proto/market/v1/analytics';
import type { Kysely } from 'kysely';
import { decodePageToken, encodePageToken } from '../../kit/pageToken.ts';
import { readAssets } from './book/readState.ts';
import type { Schema } from './book/Schema.ts';
import { summaryOf } from './book/Summaries.ts';

const LIST = ['assets'];
const DEFAULT_PAGE_SIZE = 100;

/** One page of all assets' summaries, ordered by symbol. */
export async function listAssets(
  database: Kysely<Schema>,
  request: ListAssetsRequest,
): Promise<ListAssetsResponse> {
  const pageSize = request.pageSize || DEFAULT_PAGE_SIZE;
  const after = decodePageToken(request.pageToken, LIST, 'string');
  const records = await readAssets(database, {
    limit: pageSize + 1,
    ...(after === undefined ? {} : { after }),
  });
  const page = records.slice(0, pageSize);
  const last = page.at(-1);
  return {
    assets: page.map(summaryOf),
    nextPageToken: last && records.length > pageSize ? encodePageToken(LIST, last.symbol) : '',
  };
}
