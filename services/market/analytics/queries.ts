import { type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { AnalyticsServiceDefinition, AssetSummary } from '@weft/proto/market/v1/analytics';
import type { Kysely } from 'kysely';
import { revisionOf, type Summaries } from './book/Summaries.ts';
import { listCandles } from './candles/listCandles.ts';
import type { DB } from './database.ts';
import { listAssets } from './listAssets.ts';

/**
 * Serves AnalyticsService: reads what is committed.
 *
 * @param database By connections that no commit needs.
 */
export function queries(
  database: Kysely<DB>,
  summaries: Summaries,
): HandlersOf<AnalyticsServiceDefinition> {
  function summaryOf(symbol: string): AssetSummary {
    const summary = summaries.get(symbol);
    if (!summary)
      throw new RpcError(Status.NOT_FOUND, `no tick and no bar has named asset "${symbol}"`);
    return summary;
  }

  return {
    getAssetSummary({ assetSymbol }) {
      return { summary: summaryOf(assetSymbol) };
    },

    listAssets(request) {
      return listAssets(database, request);
    },

    listCandles(request) {
      return listCandles(database, request, summaryOf(request.assetSymbol));
    },

    async *watchAsset({ assetSymbol, after }, context) {
      // A symbol may have no data for long: nobody shall take that for a failure, when the call's life ends either.
      context.sendHeader();
      for await (const summary of summaries.watch(assetSymbol, context.signal, after)) {
        yield { summary, ...(summary && { revision: revisionOf(summary) }) };
      }
    },
  };
}
