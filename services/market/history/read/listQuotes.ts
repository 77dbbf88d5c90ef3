import {
  type ListOptionQuotesRequest,
  type ListOptionQuotesResponse,
  OptionRight,
} from '@weft/proto/market/v1/history';
import { ExpiryChain } from '@weft/proto/market/v1/option_market';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import { HistoryReason, notFound } from '../HistoryReason.ts';
import { expiryNotListed } from './assertKnown.ts';
import { readChainPage, readLastChain } from './chains.ts';
import { quoteOf, strikeIndex } from './quoteOf.ts';
import { bucketOf, rangeOf } from './rangeOf.ts';
import { readSymbol } from './readSymbol.ts';

/** One page of the quotes of an option. */
export async function listQuotes(
  database: Kysely<DB>,
  request: ListOptionQuotesRequest,
): Promise<ListOptionQuotesResponse> {
  const { symbol, root: product, expiry, kind, strike } = readSymbol(request.symbol);
  const range = rangeOf(request.startTime, request.endTime);
  const bucketUs = bucketOf(request.bucket);
  const own = { product, expiry };
  const last = await readLastChain(database, own);
  if (!last) throw await expiryNotListed(database, product, expiry);
  const page = await readChainPage(database, request, `quotes ${symbol}`, own, range, bucketUs);
  const quotes = page.rows.flatMap((row) => {
    const chain = ExpiryChain.decode(row.options);
    return quoteOf(chain, kind, strikeIndex(chain, strike), row) ?? [];
  });
  // Strikes that were listed once stay, mostly.
  if (quotes.length === 0 && strikeIndex(ExpiryChain.decode(last.options), strike) < 0) {
    throw notFound(
      HistoryReason.STRIKE_NOT_LISTED,
      `no option of ${product} that expires on ${expiry} has the strike ${strike}`,
      { product, expiry, strike: String(strike) },
    );
  }
  const right = kind === 'call' ? OptionRight.CALL : OptionRight.PUT;
  const { nextPageToken } = page;
  return { symbol, product, expiry, right, strike, quotes, nextPageToken };
}
