import type { Micros } from '../../../kit/time.ts';

/** What the ticks of one group add to one minute of one asset. */
export class CandleDelta {
  readonly symbol: string;
  /** Start of the minute. */
  readonly startUs: Micros;
  open = 0;
  openUs: Micros = Number.POSITIVE_INFINITY;
  high = 0;
  low = Number.POSITIVE_INFINITY;
  close = 0;
  closeUs: Micros = Number.NEGATIVE_INFINITY;
  volume = 0;
  count = 0;

  constructor(symbol: string, startUs: Micros) {
    this.symbol = symbol;
    this.startUs = startUs;
  }
}
