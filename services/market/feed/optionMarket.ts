import { errorInfo, type HandlersOf, RpcError, Status } from '@weft/mesh/runtime';
import type { OptionMarketServiceDefinition } from '@weft/proto/market/v1/option_market';
import { readPage } from '../../kit/readPage.ts';
import { type Chains, revisionOf } from './Chains.ts';
import { productOf } from './productOf.ts';
import type { ProductSettings } from './settings/marketSchema.ts';

/** Serves OptionMarketService: tells what has been made. */
export function optionMarket(
  settings: readonly ProductSettings[],
  chains: Chains,
): HandlersOf<OptionMarketServiceDefinition> {
  const products = settings
    .map(productOf)
    .sort((one, other) => (one.symbol < other.symbol ? -1 : 1));

  function productNamed(symbol: string) {
    const found = products.find((each) => each.symbol === symbol);
    if (found) return found;
    throw new RpcError(Status.NOT_FOUND, `there is no product "${symbol}"`, {
      details: [errorInfo('PRODUCT_UNKNOWN', { product: symbol })],
    });
  }

  return {
    async listProducts(request) {
      const { rows, nextPageToken } = await readPage(request, {
        list: ['products'],
        type: 'string',
        read: async (after: string | undefined, limit) =>
          products.filter(({ symbol }) => after === undefined || symbol > after).slice(0, limit),
        positionOf: ({ symbol }) => symbol,
      });
      return { products: rows, nextPageToken };
    },

    getProduct({ product }) {
      return { product: productNamed(product) };
    },

    getChain({ product, expiry }) {
      productNamed(product);
      const chain = chains.get(product);
      if (!chain) {
        throw new RpcError(Status.UNAVAILABLE, `the first chain of ${product} is not made yet`, {
          details: [errorInfo('CHAIN_NOT_MADE', { product })],
        });
      }
      if (expiry === undefined) return { chain };
      const expiries = chain.expiries.filter((each) => each.expiry === expiry);
      if (expiries.length > 0) return { chain: { ...chain, expiries } };
      throw new RpcError(Status.NOT_FOUND, `no option of ${product} expires on ${expiry}`, {
        details: [errorInfo('EXPIRY_NOT_LISTED', { product, expiry })],
      });
    },

    async *watchChain({ product, after }, context) {
      productNamed(product);
      context.sendHeader();
      for await (const chain of chains.watch(product, context.signal, after)) {
        yield { chain, ...(chain && { revision: revisionOf(chain) }) };
      }
    },
  };
}
