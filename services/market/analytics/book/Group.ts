import { type Span, trace } from '@opentelemetry/api';
import type { Source } from './Source.ts';

/** Ticks and bars that are committed together. */
export class Group {
  #ticks = 0;
  readonly #sources = new Set<Source>();
  readonly #spans = new Set<Span>();
  readonly #committed = Promise.withResolvers<void>();

  constructor() {
    // A group that nobody waits for may fail without a word: its streams are told.
    this.#committed.promise.catch(() => {});
  }

  /** How many, a bar counted as a tick. */
  get ticks(): number {
    return this.#ticks;
  }

  /** The sources that some of them came from. */
  get sources(): ReadonlySet<Source> {
    return this.#sources;
  }

  /** Of the calls that brought them, in the order of the first of each. */
  get spans(): ReadonlySet<Span> {
    return this.#spans;
  }

  /** Resolves when the group is committed; rejects with the status for the callers when it is not. */
  get committed(): Promise<void> {
    return this.#committed.promise;
  }

  /** So many more ticks belong to it. */
  include(ticks: number, source?: Source): void {
    this.#ticks += ticks;
    if (source) this.#sources.add(source);
    const span = trace.getActiveSpan();
    if (span?.isRecording()) this.#spans.add(span);
  }

  succeed(): void {
    this.#committed.resolve();
  }

  fail(error: Error): void {
    this.#committed.reject(error);
  }
}
