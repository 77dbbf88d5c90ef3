import type { Micros } from '../../kit/time.ts';

/** Ticks of one symbol in columns: entry i of each belongs to tick i. */
export interface Ticks {
  /** Rising. */
  readonly sequence: readonly number[];
  readonly price: readonly number[];
  readonly size: readonly number[];
  readonly atUs: readonly Micros[];
}

/** Gathers ticks. */
export class TickColumns implements Ticks {
  readonly sequence: number[] = [];
  readonly price: number[] = [];
  readonly size: number[] = [];
  readonly atUs: Micros[] = [];

  get length(): number {
    return this.sequence.length;
  }

  push(sequence: number, price: number, size: number, atUs: Micros): void {
    this.sequence.push(sequence);
    this.price.push(price);
    this.size.push(size);
    this.atUs.push(atUs);
  }

  /** Takes the first ticks out, at most so many. */
  shift(max: number): Ticks {
    return {
      sequence: this.sequence.splice(0, max),
      price: this.price.splice(0, max),
      size: this.size.splice(0, max),
      atUs: this.atUs.splice(0, max),
    };
  }
}

/** The ticks from index `start` to before `end`. */
export function sliceTicks(
  { sequence, price, size, atUs }: Ticks,
  start: number,
  end: number,
): Ticks {
  return {
    sequence: sequence.slice(start, end),
    price: price.slice(start, end),
    size: size.slice(start, end),
    atUs: atUs.slice(start, end),
  };
}
