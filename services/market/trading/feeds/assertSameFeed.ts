import { RpcError, Status } from '@weft/mesh/runtime';
import { BadRows, FeedSource } from '@weft/proto/market/v1/trading';
import type { FeedRecord, FeedSettings } from './FeedRecord.ts';

/**
 * Other settings make other ticks of a generator or an exchange, or read other bars in a file, under numbers that the
 * receiver has already. Which of a file's rows are bad, and how fast it is sent, makes no difference.
 *
 * @throws RpcError ALREADY_EXISTS.
 */
export function assertSameFeed(feed: FeedRecord, { source, ticksPerSecond }: FeedSettings): void {
  if (source.source?.$case === 'file') {
    if (feed.isOfTickedBars || isReadAlike(feed.source, source)) return;
    throw new RpcError(
      Status.ALREADY_EXISTS,
      `feed ${feed.id} reads this file with another time zone or length of its bars: choose another symbol`,
    );
  }
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

function isReadAlike(one: FeedSource, other: FeedSource): boolean {
  const [a, b] = [one, other].map(({ source }) =>
    source?.$case === 'file'
      ? FeedSource.encode({
          source: { $case: 'file', value: { ...source.value, badRows: BadRows.REFUSE } },
        }).finish()
      : new Uint8Array(),
  );
  return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
}
