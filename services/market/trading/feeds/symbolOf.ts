import type { FeedSource } from '@weft/proto/market/v1/trading';
import { invalidArgument } from '../../../kit/invalidArgument.ts';

/** The symbol that all ticks of a source have. */
export function symbolOf({ source }: FeedSource): string {
  switch (source?.$case) {
    case 'file':
    case 'generator':
      return source.value.assetSymbol;
    case 'exchange':
      return source.value.productId;
    default:
      throw invalidArgument('source', 'is missing');
  }
}
