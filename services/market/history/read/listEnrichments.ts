import { ChainEnriched } from '@weft/proto/market/v1/enriched';
import type {
  ListStoredEnrichmentsRequest,
  ListStoredEnrichmentsResponse,
} from '@weft/proto/market/v1/history';
import { type Kysely, sql } from 'kysely';
import type { DB } from '../database.ts';
import { assertProduct } from './assertKnown.ts';
import { bucketOf, rangeOf } from './rangeOf.ts';
import { readTimePage } from './readTimePage.ts';

/** One page of what the chains of a product amounted to. */
export async function listEnrichments(
  database: Kysely<DB>,
  request: ListStoredEnrichmentsRequest,
): Promise<ListStoredEnrichmentsResponse> {
  const { product } = request;
  const range = rangeOf(request.startTime, request.endTime);
  const bucketUs = bucketOf(request.bucket);
  await assertProduct(database, product);
  const { rows, nextPageToken } = await readTimePage<{ figures: Buffer }>(database, request, {
    ...{ range, bucketUs, list: ['enrichments', product] },
    rows: sql`enrichment where product = ${product}`,
    columns: ['figures'],
    bytesOf: ({ figures }) => figures.length,
  });
  return { enrichments: rows.map(({ figures }) => ChainEnriched.decode(figures)), nextPageToken };
}
