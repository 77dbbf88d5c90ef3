import { setTimeout } from 'node:timers/promises';
import type { HandlersOf } from '@weft/mesh/runtime';
import type {
  CreateFeedRequest,
  TradingServiceDefinition,
  UploadFileRequest,
} from '@weft/proto/market/v1/trading';
import { decodePageToken, encodePageToken } from '../../kit/pageToken.ts';
import type { FeedSettings } from './feeds/FeedRecord.ts';
import type { Feeds } from './feeds/Feeds.ts';
import { withDefaults } from './feeds/withDefaults.ts';
import type { FileStore } from './files/FileStore.ts';

const LIST = ['feeds'];
const DEFAULT_PAGE_SIZE = 100;
const SHORTEST_BETWEEN_UPDATES_MS = 100;

/** Serves TradingService. */
export function trading(feeds: Feeds, files: FileStore): HandlersOf<TradingServiceDefinition> {
  return {
    uploadFile(requests) {
      return files.store(chunksOf(requests));
    },

    async createFeed(request) {
      return { feed: await feeds.create(settingsOf(request)) };
    },

    async listFeeds(request) {
      const pageSize = request.pageSize || DEFAULT_PAGE_SIZE;
      const after = decodePageToken(request.pageToken, LIST, 'number') ?? 0;
      const listed = await feeds.list(after, pageSize + 1);
      const page = listed.slice(0, pageSize);
      const last = listed.length > pageSize ? page.at(-1) : undefined;
      return {
        feeds: page,
        nextPageToken: last ? encodePageToken(LIST, Number(last.feedId)) : '',
      };
    },

    async *watchFeed({ feedId }, { signal }) {
      for await (const feed of feeds.watch(feedId, signal)) {
        yield { feed };
        await setTimeout(SHORTEST_BETWEEN_UPDATES_MS);
      }
    },

    async stopFeed({ feedId }) {
      return { feed: await feeds.stop(feedId) };
    },
  };
}

async function* chunksOf(requests: AsyncIterable<UploadFileRequest>): AsyncGenerator<Uint8Array> {
  for await (const { chunk } of requests) yield chunk;
}

/** An exchange sets its own pace. */
function settingsOf(request: CreateFeedRequest): FeedSettings {
  const source = withDefaults(request.source ?? { source: undefined });
  const ticksPerSecond = source.source?.$case === 'exchange' ? 0 : request.ticksPerSecond;
  return { source, ticksPerSecond };
}
