import { BadRows, type FeedSource } from '@weft/proto/market/v1/trading';
import { invalidArgument } from '../../../kit/invalidArgument.ts';

const COINBASE_URL = 'wss://ws-feed.exchange.coinbase.com';
const INITIAL_PRICE = 100;
const VOLATILITY = 0.2;

/**
 * Fills in what the contract leaves open, so that equal feeds look equal.
 *
 * @throws RpcError INVALID_ARGUMENT for an exchange's URL that is none.
 */
export function withDefaults({ source }: FeedSource): FeedSource {
  switch (source?.$case) {
    case 'file': {
      const badRows = source.value.badRows || BadRows.REFUSE;
      return { source: { $case: 'file', value: { ...source.value, badRows } } };
    }
    case 'generator': {
      const { initialPrice, volatility } = source.value;
      return {
        source: {
          $case: 'generator',
          value: {
            ...source.value,
            initialPrice: initialPrice || INITIAL_PRICE,
            volatility: volatility || VOLATILITY,
          },
        },
      };
    }
    case 'exchange': {
      const url = checkUrl(source.value.url || COINBASE_URL);
      return { source: { $case: 'exchange', value: { ...source.value, url } } };
    }
    default:
      throw invalidArgument('source', 'is missing');
  }
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['ws:', 'wss:'].includes(url.protocol) || !url.host || url.hash) {
    throw invalidArgument('source.exchange.url', 'must be a ws:// or wss:// URL');
  }
  return text;
}
