import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { HandlersOf } from '@weft/mesh/runtime';
import {
  type CreateFeedRequest,
  Feed,
  type TradingServiceDefinition,
  type UploadFileRequest,
} from '@weft/proto/market/v1/trading';
import type { EgressPolicy } from '../../kit/egress/EgressPolicy.ts';
import { readPage } from '../../kit/readPage.ts';
import type { FeedSettings } from './feeds/FeedRecord.ts';
import type { Feeds } from './feeds/Feeds.ts';
import { withDefaults } from './feeds/withDefaults.ts';
import type { FileStore } from './files/FileStore.ts';

const SHORTEST_BETWEEN_UPDATES_MS = 100;

/**
 * Serves TradingService.
 *
 * @param egress Where exchanges may be.
 */
export function trading(
  feeds: Feeds,
  files: FileStore,
  egress: EgressPolicy,
): HandlersOf<TradingServiceDefinition> {
  return {
    uploadFile(requests) {
      return files.store(chunksOf(requests));
    },

    async createFeed(request) {
      return { feed: await feeds.create(settingsOf(request, egress)) };
    },

    async listFeeds(request) {
      const { rows, nextPageToken } = await readPage(request, {
        list: ['feeds'],
        type: 'number',
        read: (after: number | undefined, limit) => feeds.list(after ?? 0, limit),
        positionOf: ({ feedId }) => Number(feedId),
      });
      return { feeds: rows, nextPageToken };
    },

    async *watchFeed({ feedId, after }, { signal }) {
      const isKnown = (feed: Feed) => revisionOf(feed) === after;
      for await (const feed of feeds.watch(feedId, signal, isKnown)) {
        yield { feed, revision: revisionOf(feed) };
        await setTimeout(SHORTEST_BETWEEN_UPDATES_MS);
      }
    },

    async stopFeed({ feedId }) {
      return { feed: await feeds.stop(feedId) };
    },
  };
}

/** The same text for the same state, and for no other. */
function revisionOf(feed: Feed): string {
  return createHash('sha256').update(Feed.encode(feed).finish()).digest('base64url');
}

async function* chunksOf(requests: AsyncIterable<UploadFileRequest>): AsyncGenerator<Uint8Array> {
  for await (const { chunk } of requests) yield chunk;
}

/** An exchange sets its own pace. */
function settingsOf(request: CreateFeedRequest, egress: EgressPolicy): FeedSettings {
  const source = withDefaults(request.source ?? { source: undefined }, egress);
  const ticksPerSecond = source.source?.$case === 'exchange' ? 0 : request.ticksPerSecond;
  return { source, ticksPerSecond };
}
