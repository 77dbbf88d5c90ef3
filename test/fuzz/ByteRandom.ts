import fc from 'fast-check';

/** The first byte of four that make a number; a smaller byte is the number itself. */
const LONG = 0xf0;

/**
 * Random numbers that are the bytes of an input, and 0 after its end. So a generator of values becomes a reader of bytes: what
 * changes the bytes changes the value, a part of them stays a part of it, and fewer bytes are a smaller value.
 * (Padhye et al., Semantic Fuzzing with Zest, ISSTA 2019.)
 */
class ByteRandom {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  clone(): ByteRandom {
    return new ByteRandom(this.#bytes, this.#at);
  }

  next(): number {
    const first = this.#byte();
    if (first < LONG) return first - 2 ** 31;
    let number = 0;
    for (let i = 0; i < 4; i++) number = number * 256 + this.#byte();
    return number - 2 ** 31;
  }

  getState(): readonly number[] {
    return [this.#at];
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}

/** How much the edges of ranges are preferred; see fast-check's Arbitrary. */
const BIAS = 4;

/** The value that fast-check makes of these bytes; the same bytes always make the same. */
export function generate<T>(arbitrary: fc.Arbitrary<T>, bytes: Uint8Array): T {
  return arbitrary.generate(new fc.Random(new ByteRandom(bytes)), BIAS).value;
}
