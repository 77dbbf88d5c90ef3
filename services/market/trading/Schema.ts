import type { Generated } from 'kysely';

/** The tables of migrations/, as kysely sees them. */
export interface Schema {
  file: {
    id: string;
    inspected_us: number;
    interval_us: number;
    tick_count: number;
    bad_row_count: number;
    bad_rows: string[];
  };
  feed: {
    id: Generated<number>;
    source_name: string;
    source: Buffer;
    file_id: string | null;
    ticks_per_second: number;
    state: StoredState;
    /** A FeedReason; empty for none. */
    reason: string;
    acknowledged: number;
    created_us: number;
  };
}

/** 'running' says that the feed is wanted; whether it waits is known to its process only. */
export type StoredState = 'running' | 'finished' | 'stopped' | 'failed';
