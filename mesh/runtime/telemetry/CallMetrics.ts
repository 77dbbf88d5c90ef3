import { DurationHistogram } from './DurationHistogram.ts';

/** By method, then by status. */
type Durations = Map<string, Map<string, DurationHistogram>>;

export type CountedDurations = ReadonlyMap<string, ReadonlyMap<string, DurationHistogram>>;

/** By method; calls made by target before that, such as "xds:///analytics". */
export interface CountedCalls {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly started: ReadonlyMap<string, number>;
  readonly served: CountedDurations;
  readonly made: ReadonlyMap<string, CountedDurations>;
  readonly refused: ReadonlyMap<string, ReadonlyMap<Refusal, number>>;
}

/** Why a call is not served: its method's limit, or the whole process has too much to do. */
export type Refusal = 'concurrency' | 'overload';

/**
 * Rate, errors and duration of calls, under the names of gRFC A66 (gRPC's own OpenTelemetry metrics).
 *
 * A call costs three look-ups. OpenTelemetry's instruments sort and serialize the attributes at each recording,
 * which was a twentieth of a call's work.
 */
export class CallMetrics {
  readonly #since = Date.now();
  readonly #started = new Map<string, number>();
  readonly #served: Durations = new Map();
  readonly #made = new Map<string, Durations>();
  readonly #refused = new Map<string, Map<Refusal, number>>();

  /** @param method Such as "market.v1.AnalyticsService/ListAssets". */
  serverStarted(method: string): void {
    this.#started.set(method, (this.#started.get(method) ?? 0) + 1);
  }

  serverEnded(method: string, status: string, seconds: number): void {
    record(this.#served, method, status, seconds);
  }

  /** A call was not served for want of room. */
  serverRefused(method: string, reason: Refusal): void {
    let reasons = this.#refused.get(method);
    if (!reasons) {
      reasons = new Map();
      this.#refused.set(method, reasons);
    }
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /** @param target Such as "xds:///analytics". */
  clientEnded(method: string, target: string, status: string, seconds: number): void {
    let durations = this.#made.get(target);
    if (!durations) {
      durations = new Map();
      this.#made.set(target, durations);
    }
    record(durations, method, status, seconds);
  }

  /** What has been counted up to now. */
  counted(): CountedCalls {
    return {
      since: this.#since,
      started: this.#started,
      served: this.#served,
      made: this.#made,
      refused: this.#refused,
    };
  }
}

function record(durations: Durations, method: string, status: string, seconds: number): void {
  let statuses = durations.get(method);
  if (!statuses) {
    statuses = new Map();
    durations.set(method, statuses);
  }
  let duration = statuses.get(status);
  if (!duration) {
    duration = new DurationHistogram();
    statuses.set(status, duration);
  }
  duration.record(seconds);
}
