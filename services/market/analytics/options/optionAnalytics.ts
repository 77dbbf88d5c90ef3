import type { HandlersOf } from '@weft/mesh/runtime';
import {
  type OptionAnalyticsServiceDefinition,
  SurfaceAxis,
} from '@weft/proto/market/v1/option_analytics';
import type { Kysely } from 'kysely';
import type { DB } from '../database.ts';
import type { Analyses } from './analysis/Analyses.ts';
import { listDailyAggregates } from './trends/listDailyAggregates.ts';
import { listPcrTrends } from './trends/listPcrTrends.ts';
import { listVolatilityHistory } from './trends/listVolatilityHistory.ts';

/**
 * The methods of OptionAnalyticsService.
 *
 * @param database By connections that no commit needs.
 */
export function optionAnalytics(
  database: Kysely<DB>,
  analyses: Analyses,
): HandlersOf<OptionAnalyticsServiceDefinition> {
  return {
    async getVolatilitySurface({ product, axis }) {
      const { byStrike, byDelta } = await analyses.of(product);
      return axis === SurfaceAxis.DELTA ? byDelta : byStrike;
    },

    async getTermStructure({ product }) {
      return (await analyses.of(product)).termStructure;
    },

    async getSkew({ product }) {
      return (await analyses.of(product)).skews;
    },

    async getMaxPain({ product }) {
      return (await analyses.of(product)).maxPains;
    },

    listPcrTrends: (request) => listPcrTrends(database, request),
    listVolatilityHistory: (request) => listVolatilityHistory(database, request),
    listDailyAggregates: (request) => listDailyAggregates(database, request),
  };
}
