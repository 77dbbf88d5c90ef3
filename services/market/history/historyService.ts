import type { HandlersOf } from '@weft/mesh/runtime';
import type { HistoryServiceDefinition } from '@weft/proto/market/v1/history';
import type { Kysely } from 'kysely';
import type { DB } from './database.ts';
import { getChain } from './read/getChain.ts';
import { listChains } from './read/listChains.ts';
import { listEnrichments } from './read/listEnrichments.ts';
import { listPrices } from './read/listPrices.ts';
import { listProducts } from './read/listProducts.ts';
import { listQuotes } from './read/listQuotes.ts';

/** Serves HistoryService: tells what is kept. */
export function historyService(database: Kysely<DB>): HandlersOf<HistoryServiceDefinition> {
  return {
    listStoredProducts: (request) => listProducts(database, request),
    listUnderlyingPrices: (request) => listPrices(database, request),
    getStoredChain: async (request) => ({ chain: await getChain(database, request) }),
    listStoredChains: (request) => listChains(database, request),
    listOptionQuotes: (request) => listQuotes(database, request),
    listStoredEnrichments: (request) => listEnrichments(database, request),
  };
}
