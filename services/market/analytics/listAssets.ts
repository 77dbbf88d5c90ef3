import type { ListAssetsRequest, ListAssetsResponse } from '@weft/proto/market/v1/analytics';
import type { Kysely } from 'kysely';
import { readPage } from '../../kit/readPage.ts';
import { readAssets, readBarTotals } from './book/readState.ts';
import { summaryOf } from './book/summaryOf.ts';
import type { DB } from './database.ts';

/** One page of all assets' summaries, ordered by symbol. */
export async function listAssets(
  database: Kysely<DB>,
  request: ListAssetsRequest,
): Promise<ListAssetsResponse> {
  const { rows, nextPageToken } = await readPage(request, {
    list: ['assets'],
    type: 'string',
    async read(after: string | undefined, limit) {
      const ticks = await readAssets(database, { after, limit });
      const bars = await readBarTotals(database, { after, limit });
      const byTicks = new Map(ticks.map((record) => [record.symbol, record]));
      const byBars = new Map(bars.map((totals) => [totals.symbol, totals]));
      const symbols = [...new Set([...byTicks.keys(), ...byBars.keys()])].sort();
      return symbols
        .slice(0, limit)
        .map((symbol) => summaryOf(byTicks.get(symbol), byBars.get(symbol)));
    },
    positionOf: ({ assetSymbol }) => assetSymbol,
  });
  return { assets: rows, nextPageToken };
}
