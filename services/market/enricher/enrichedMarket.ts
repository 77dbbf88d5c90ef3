import { errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type {
  ChainEnriched,
  EnrichedMarketServiceDefinition,
} from '@weft/proto/market/v1/enriched';
import type { Kysely } from 'kysely';
import { readPage } from '../../kit/readPage.ts';
import { microsFromTimestamp } from '../../kit/time.ts';
import type { DB } from './database.ts';
import { type LatestEnrichments, revisionOf } from './LatestEnrichments.ts';
import { readBars } from './store/readBars.ts';
import { readEnrichments } from './store/readEnrichments.ts';
import { timeRangeOf } from './store/timeRangeOf.ts';

/** Serves EnrichedMarketService: tells what is committed. */
export function enrichedMarket(
  database: Kysely<DB>,
  latest: LatestEnrichments,
): HandlersOf<EnrichedMarketServiceDefinition> {
  async function newestOf(product: string): Promise<ChainEnriched> {
    const enrichment = await latest.get(product);
    if (enrichment) return enrichment;
    throw new RpcError(Status.NOT_FOUND, `no chain of a product "${product}" has come`, {
      details: [errorInfo('PRODUCT_UNKNOWN', { product })],
    });
  }

  return {
    async getEnrichment({ product }) {
      return { enrichment: await newestOf(product) };
    },

    async listEnrichments(request) {
      const { product } = request;
      const range = timeRangeOf(request);
      await newestOf(product);
      const { rows, nextPageToken } = await readPage(request, {
        list: ['enrichments', product, range.fromUs, range.untilUs],
        type: 'number',
        read: (after: number | undefined, limit) =>
          readEnrichments(database, product, range, after, limit),
        positionOf: ({ sequence }) => sequence,
      });
      return { enrichments: rows, nextPageToken };
    },

    async listBars(request) {
      const { product, length } = request;
      const range = timeRangeOf(request);
      await newestOf(product);
      const { rows, nextPageToken } = await readPage(request, {
        list: ['bars', product, length, range.fromUs, range.untilUs],
        type: 'number',
        read: (after: number | undefined, limit) =>
          readBars(database, { product, length }, range, after, limit),
        positionOf: ({ start }) => (start ? microsFromTimestamp(start) : 0),
      });
      return { bars: rows, nextPageToken };
    },

    async *watchEnrichment({ product, after }, context) {
      context.sendHeader();
      for await (const enrichment of latest.watch(product, context.signal, after)) {
        yield { enrichment, ...(enrichment && { revision: revisionOf(enrichment) }) };
      }
    },
  };
}
