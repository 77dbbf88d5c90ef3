/** Seconds. gRFC A66 gives them, so that services in every language can be read off one chart. */
const BOUNDARIES = [
  0, 0.000_01, 0.000_05, 0.000_1, 0.000_3, 0.000_6, 0.000_8, 0.001, 0.002, 0.003, 0.004, 0.005,
  0.006, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16,
  0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
];

/** How long calls took, as OpenTelemetry's histogram points have it. */
export class DurationHistogram {
  readonly #counts: number[] = new Array(BOUNDARIES.length + 1).fill(0);
  #count = 0;
  #sum = 0;

  record(seconds: number): void {
    this.#count += 1;
    this.#sum += seconds;
    const bucket = bucketOf(seconds);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  value(): { buckets: { boundaries: number[]; counts: number[] }; sum: number; count: number } {
    return {
      buckets: { boundaries: BOUNDARIES, counts: [...this.#counts] },
      sum: this.#sum,
      count: this.#count,
    };
  }
}

/** The first bucket whose boundary is not below the value. */
function bucketOf(seconds: number): number {
  let low = 0;
  let high = BOUNDARIES.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((BOUNDARIES[middle] as number) < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
