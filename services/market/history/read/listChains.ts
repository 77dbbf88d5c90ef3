import type {
  ListStoredChainsRequest,
  ListStoredChainsResponse,
} from '@weft/proto/market/v1/history';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { assertExpiry } from './assertKnown.ts';
import { chainOf, readChainPage } from './chains.ts';
import { bucketOf, rangeOf } from './rangeOf.ts';

/** One page of the chains of an expiry. */
export async function listChains(
  database: Kysely<DB>,
  request: ListStoredChainsRequest,
): Promise<ListStoredChainsResponse> {
  const { product, expiry } = request;
  const range = rangeOf(request.startTime, request.endTime);
  const bucketUs = bucketOf(request.bucket);
  await assertExpiry(database, product, expiry);
  const own = { product, expiry };
  const page = await readChainPage(database, request, 'chains', own, range, bucketUs);
  return {
    chains: page.rows.map((row) => chainOf(row, [row.options])),
    nextPageToken: page.nextPageToken,
  };
}
