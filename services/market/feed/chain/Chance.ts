import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const TWO_32 = 2 ** 32;
/** Above it, a Poisson number is as good as normal. */
const LARGE_MEAN = 30;

/**
 * The chance of one update: it follows from the product's seed and the update's number alone, so that whoever goes on from there
 * needs to know nothing of what was drawn before.
 */
export class Chance {
  readonly #random: RandomGenerator;

  constructor(seed: number, sequence: number) {
    let hash = 0x9e3779b9;
    const words = [seed, Math.floor(seed / TWO_32), sequence, Math.floor(sequence / TWO_32)];
    const state = words.map((word) => {
      hash = mix(hash ^ (word | 0));
      return hash;
    });
    // The first words do not depend on the last ones yet.
    this.#random = xoroshiro128plusFromState(
      state.map((word) => {
        hash = mix(hash ^ word);
        return hash;
      }),
    );
  }

  /** From 0, below 1. */
  uniform(): number {
    return uniformFloat64(this.#random);
  }

  /** Of the standard normal distribution. @see G. Box and M. Muller, Annals of Mathematical Statistics 29 (1958), 610. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A count of what happens so often on average. @see D. Knuth, "The Art of Computer Programming", volume 2, 3.4.1. */
  poisson(mean: number): number {
    if (mean > LARGE_MEAN) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    }
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1;
    return count;
  }
}

/** A bijection of 32 bits in which each bit depends on all. @see https://github.com/skeeto/hash-prospector: lowbias32 */
function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) | 0;
}
