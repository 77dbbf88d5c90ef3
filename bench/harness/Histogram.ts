/** A histogram of Prometheus, as a process tells it under /metrics. */
export class Histogram {
  /** Upper bounds of the buckets, rising, and how many observations were at most that. */
  readonly #buckets: readonly (readonly [bound: number, count: number])[];

  private constructor(buckets: readonly (readonly [bound: number, count: number])[]) {
    this.#buckets = buckets;
  }

  /**
   * @param metrics All that the process tells.
   * @param name Such as "weft_analytics_apply_lateness", of a histogram with one set of labels.
   */
  static read(metrics: string, name: string): Histogram {
    const line = new RegExp(`^${name}_bucket\\{.*le="([^"]+)".*\\} (\\d+)$`, 'gm');
    const buckets = Array.from(metrics.matchAll(line), ([, bound, count]) => {
      return [bound === '+Inf' ? Infinity : Number(bound), Number(count)] as const;
    });
    return new Histogram(buckets);
  }

  /** What has been observed since an earlier reading. */
  since(before: Histogram): Histogram {
    const earlier = new Map(before.#buckets);
    return new Histogram(
      this.#buckets.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]),
    );
  }

  /**
   * The value below which the share `q` (0 to 1) lies. It is taken from within a bucket as if that were filled evenly,
   * as Prometheus does. NaN of none; the largest bound of what lies above it.
   */
  quantile(q: number): number {
    const wanted = q * (this.#buckets.at(-1)?.[1] ?? 0);
    let [low, below] = [0, 0];
    for (const [bound, count] of this.#buckets) {
      if (count >= wanted && count > below) {
        return bound === Infinity
          ? low
          : low + (bound - low) * ((wanted - below) / (count - below));
      }
      [low, below] = [bound, count];
    }
    return Number.NaN;
  }
}
