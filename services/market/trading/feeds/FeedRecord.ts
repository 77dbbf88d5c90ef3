import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import type { FeedSource } from '@weft/proto/market/v1/trading';
import type { FileFacts } from '../sources/file/FileFacts.ts';
import type { FeedReason } from './FeedReason.ts';

/** 'running' says that the feed is wanted; whether it waits is known to its process only. */
export type StoredState = 'running' | 'finished' | 'stopped' | 'failed';

/** A feed as it is kept. */
export interface FeedRecord {
  readonly id: number;
  /** Names the source to the receiver. */
  readonly sourceName: string;
  readonly source: FeedSource;
  readonly ticksPerSecond: number;
  readonly state: StoredState;
  /** Why it failed: a FeedReason, or empty. */
  readonly reason: string;
  /** As of its end. */
  readonly acknowledged: number;
  readonly createTime: Timestamp;
  /** Of a feed whose source is a file. */
  readonly facts: FileFacts | undefined;
}

/** What a feed is asked to do. */
export interface FeedSettings {
  /** With no default left open. */
  readonly source: FeedSource;
  readonly ticksPerSecond: number;
}

/** How a feed has ended. */
export interface FeedEnd {
  readonly state: Exclude<StoredState, 'running'>;
  readonly reason: FeedReason | '';
  readonly acknowledged: number;
}
