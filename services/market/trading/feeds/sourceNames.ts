import type { FeedSource } from '@weft/proto/market/v1/trading';
import { invalidArgument } from '../../../kit/invalidArgument.ts';

/**
 * The name by which the receiver knows a source's sequence of ticks, such as "file:<sha256>:SP500". What makes ticks
 * other ticks must be part of it, or be refused for a feed that exists.
 */
export function sourceName({ source }: FeedSource): string {
  switch (source?.$case) {
    case 'file':
      return `file:${source.value.fileId}:${source.value.assetSymbol}`;
    case 'generator':
      return `generator:${source.value.assetSymbol}:${source.value.seed}`;
    case 'exchange':
      return `exchange:${new URL(source.value.url).host}:${source.value.productId}`;
    default:
      throw invalidArgument('source', 'is missing');
  }
}

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
