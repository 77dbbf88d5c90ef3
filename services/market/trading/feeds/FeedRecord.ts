import type { Timestamp } from '@weft/proto/google/protobuf/timestamp';
import type { FeedSource } from '@weft/proto/market/v1/trading';
import type { FileFacts } from '../sources/file/FileFacts.ts';
import type { FeedReason } from './FeedReason.ts';

/** 'running' says that the feed is wanted; whether it waits is known to its process only. */
export type StoredState = 'running' | 'finished' | 'stopped' | 'failed';

/** Bars of a feed that the receiver had before it sent them. */
export interface KnownBars {
  /** With the same figures. */
  readonly repeated: number;
  /** With others. */
  readonly corrected: number;
}

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
  /** Bars that the receiver had already, and those it had with other figures; as of its end. */
  readonly knownBars: KnownBars;
  /** Of a feed whose source is a file. */
  readonly facts: FileFacts | undefined;
  /** Its file's bars were sent as ticks, as earlier versions did; `facts` count those. */
  readonly isOfTickedBars: boolean;
}

/** What a feed is asked to do. */
export interface FeedSettings {
  /** With no default left open. */
  readonly source: FeedSource;
  readonly ticksPerSecond: number;
  /** How its file is read. */
  readonly readingId?: number | undefined;
}

/** How a feed has ended. */
export interface FeedEnd {
  readonly state: Exclude<StoredState, 'running'>;
  readonly reason: FeedReason | '';
  readonly acknowledged: number;
  readonly knownBars: KnownBars;
}
