import type { Bars } from './Bars.ts';
import type { Pace } from './Pace.ts';
import type { Ticks } from './Ticks.ts';

/** What a source gives: ticks, or bars. */
export type SourceBatch = Ticks | Bars;

/** Where ticks, or bars, come from. The same number always means the same one. */
export interface TickSource {
  /**
   * The ticks with numbers above `after`, in batches that are not empty. Ends with the last tick, or soon after
   * `signal` aborts. At most one iteration is under way at a time.
   *
   * @param pace Says how many ticks may go at once, and when.
   * @throws when there can be no more.
   */
  ticks(after: number, pace: Pace, signal: AbortSignal): AsyncIterable<SourceBatch>;
}
