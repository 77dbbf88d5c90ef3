import { BadRows, type FeedSource } from '@weft/proto/market/v1/trading';
import type { EgressPolicy } from '../../../kit/egress/EgressPolicy.ts';
import { invalidArgument } from '../../../kit/invalidArgument.ts';

const COINBASE_URL = 'wss://ws-feed.exchange.coinbase.com';
const INITIAL_PRICE = 100;
const VOLATILITY = 0.2;

/**
 * Fills in what the contract leaves open, so that equal feeds look equal.
 *
 * @param egress Where an exchange may be.
 * @throws RpcError INVALID_ARGUMENT for an exchange's URL that is none, holds a password or leads where it may not.
 */
export function withDefaults({ source }: FeedSource, egress: EgressPolicy): FeedSource {
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
      const url = checkUrl(source.value.url || COINBASE_URL, egress);
      return { source: { $case: 'exchange', value: { ...source.value, url } } };
    }
    default:
      throw invalidArgument('source', 'is missing');
  }
}

function checkUrl(text: string, egress: EgressPolicy): string {
  const refuse = (description: string) => invalidArgument('source.exchange.url', description);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['ws:', 'wss:'].includes(url.protocol) || !url.host || url.hash) {
    throw refuse('must be a ws:// or wss:// URL without a fragment');
  }
  if (url.username || url.password) {
    throw refuse('must hold neither user nor password: exchanges take tokens in the query');
  }
  if (!egress.allowsHost(url.hostname)) {
    throw refuse(
      'must not lead to an address that is private or special: TRADING_PRIVATE_EXCHANGES names exceptions',
    );
  }
  return text;
}
