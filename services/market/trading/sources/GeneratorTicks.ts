import { setImmediate } from 'node:timers/promises';
import type { GeneratorSource } from '@weft/proto/market/v1/trading';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Micros } from '../../../kit/time.ts';
import type { Pace } from '../../ticks/Pace.ts';
import type { TickSource } from '../../ticks/TickSource.ts';
import type { Ticks } from '../../ticks/Ticks.ts';

const SECONDS_PER_YEAR = 365 * 86_400;
const LARGEST_SIZE = 100;
/** Ticks made in one go when a feed resumes: about a millisecond. */
const SKIPPED_AT_ONCE = 10_000;

/**
 * Geometric Brownian motion. A feed without a rate advances one second a tick. Sizes are whole numbers from 1 to
 * 100. To go on after a tick, all ticks before it are made again: some ten million a second.
 */
export class GeneratorTicks implements TickSource {
  readonly #settings: GeneratorSource;
  readonly #ticksPerSecond: number;

  constructor(settings: GeneratorSource, ticksPerSecond: number) {
    this.#settings = settings;
    this.#ticksPerSecond = ticksPerSecond;
  }

  async *ticks(after: number, pace: Pace, signal: AbortSignal): AsyncGenerator<Ticks> {
    const walk = new Walk(this.#settings, this.#ticksPerSecond);
    for (let skipped = 0; skipped < after; skipped++) {
      walk.step();
      if (skipped % SKIPPED_AT_ONCE === 0) await setImmediate();
      if (signal.aborted) return;
    }
    const last = this.#settings.limit || Number.POSITIVE_INFINITY;
    let sequence = after;
    while (sequence < last) {
      const count = Math.min(await pace.take(signal), last - sequence);
      if (count === 0) return;
      yield walk.ticks(sequence + 1, count, Date.now() * 1_000);
      sequence += count;
    }
  }
}

/** The random walk itself. */
class Walk {
  price: number;
  size = 0;
  readonly #random: RandomGenerator;
  readonly #drift: number;
  readonly #deviation: number;
  /** NaN: none. A field that is always a number is changed in place. */
  #spare = Number.NaN;

  constructor(settings: GeneratorSource, ticksPerSecond: number) {
    const { seed, initialPrice, drift, volatility } = settings;
    const dt = 1 / (ticksPerSecond || 1) / SECONDS_PER_YEAR;
    this.price = initialPrice;
    this.#random = randomOf(seed);
    this.#drift = (drift - volatility ** 2 / 2) * dt;
    this.#deviation = volatility * Math.sqrt(dt);
  }

  /** So many steps, all at one time. The columns' length is known: they need not grow. */
  ticks(first: number, count: number, atUs: Micros): Ticks {
    const sequence = new Array<number>(count);
    const price = new Array<number>(count);
    const size = new Array<number>(count);
    for (let i = 0; i < count; i++) {
      this.step();
      sequence[i] = first + i;
      price[i] = this.price;
      size[i] = this.size;
    }
    return { sequence, price, size, atUs: new Array<Micros>(count).fill(atUs) };
  }

  step(): void {
    this.price *= Math.exp(this.#drift + this.#deviation * this.#normal());
    this.size = ((this.#random.next() >>> 0) % LARGEST_SIZE) + 1;
  }

  /** @see Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958. */
  #normal(): number {
    const spare = this.#spare;
    if (!Number.isNaN(spare)) {
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(this.#random)));
    const angle = 2 * Math.PI * uniformFloat64(this.#random);
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** The library takes seeds of 32 bits; a contract's has 53, and its upper bits are laid into the free word. */
function randomOf(seed: number): RandomGenerator {
  const low = seed | 0;
  const high = Math.floor(seed / 2 ** 32) | 0;
  const random =
    high === 0 ? xoroshiro128plus(low) : xoroshiro128plusFromState([-1, ~low, low, high]);
  // Seeds that differ little give first numbers that differ little.
  for (let i = 0; i < 64; i++) random.next();
  return random;
}
