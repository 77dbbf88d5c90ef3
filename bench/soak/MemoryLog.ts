import { processUsage } from '../harness/processUsage.ts';
import { median } from '../harness/statistics.ts';

/** A process whose memory is followed. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  /** What it holds, without garbage. */
  heapMb(): Promise<number>;
}

/** What is followed of a process: all its memory in RAM, or the heap after a full collection. */
export type MemoryKind = 'RSS' | 'heap';

/** How one process's memory went from the end of the warm-up on. In MB. */
export interface MemoryTrend {
  readonly name: string;
  readonly kind: MemoryKind;
  /** Medians of a window before the end of the warm-up, and before the end. */
  readonly start: number;
  readonly end: number;
  /** Of the line that fits the samples between best. */
  readonly perMinute: number;
  /** `end` against `start`: 0.05 is 5 % more. */
  readonly growth: number;
}

interface Sample {
  readonly second: number;
  readonly mb: number;
}

/** Samples of the memory of some processes. */
export class MemoryLog {
  readonly #subjects: readonly Subject[];
  readonly #samples = new Map<string, Sample[]>();

  constructor(subjects: readonly Subject[]) {
    this.#subjects = subjects;
  }

  /** @throws Error when one of them has ended. */
  sampleRss(second: number): void {
    for (const { name, pid } of this.#subjects) {
      this.#of(name, 'RSS').push({ second, mb: processUsage(pid).residentMb });
    }
  }

  /** @throws Error when one of them has ended. */
  async sampleHeaps(second: number): Promise<void> {
    for (const subject of this.#subjects) {
      this.#of(subject.name, 'heap').push({ second, mb: await subject.heapMb() });
    }
  }

  /** Such as "control heap 40.1 RSS 120.5". */
  latest(): string {
    const last = (name: string, kind: MemoryKind) => this.#of(name, kind).at(-1)?.mb.toFixed(1);
    return this.#subjects
      .map(({ name }) => `${name} heap ${last(name, 'heap')} RSS ${last(name, 'RSS')}`)
      .join(', ');
  }

  /** @param window Seconds before a point whose samples say how much memory there was. */
  trends(warmUpSeconds: number, seconds: number, window: number): MemoryTrend[] {
    return this.#subjects.flatMap(({ name }) =>
      (['heap', 'RSS'] as const).map((kind) => {
        const samples = this.#of(name, kind);
        const at = (end: number) =>
          median(
            samples
              .filter(({ second }) => second > end - window && second <= end)
              .map(({ mb }) => mb),
          );
        const [start, end] = [at(warmUpSeconds), at(seconds)];
        const perMinute = 60 * slope(samples.filter(({ second }) => second >= warmUpSeconds));
        return { name, kind, start, end, perMinute, growth: end / start - 1 };
      }),
    );
  }

  #of(name: string, kind: MemoryKind): Sample[] {
    const key = `${name} ${kind}`;
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    return samples;
  }
}

/** Of the line of least squares, in MB a second. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [second, mb] = [mean((one) => one.second), mean((one) => one.mb)];
  const covariance = mean((one) => (one.second - second) * (one.mb - mb));
  return covariance / mean((one) => (one.second - second) ** 2);
}
