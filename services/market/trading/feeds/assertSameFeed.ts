import { RpcError, Status } from '@weft/mesh/runtime';
import { FeedSource } from '@weft/proto/market/v1/trading';
import type { FeedRecord, FeedSettings } from './FeedRecord.ts';

/**
 * Other settings make other ticks of a generator or an exchange, under numbers that the receiver has already. A file's
 * ticks are always the same.
 *
 * @throws RpcError ALREADY_EXISTS.
 */
export function assertSameFeed(feed: FeedRecord, { source, ticksPerSecond }: FeedSettings): void {
  if (source.source?.$case === 'file') return;
  const same =
    Buffer.compare(FeedSource.encode(feed.source).finish(), FeedSource.encode(source).finish()) ===
    0;
  if (same && feed.ticksPerSecond === ticksPerSecond) return;
  throw new RpcError(
    Status.ALREADY_EXISTS,
    `feed ${feed.id} has this source with other settings: stop it and choose another ${
      source.source?.$case === 'generator' ? 'seed or symbol' : 'product'
    }`,
  );
}
