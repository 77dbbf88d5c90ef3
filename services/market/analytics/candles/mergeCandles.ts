import type { Candle } from '@weft/proto/market/v1/analytics';
import { type Micros, timestampFromMicros } from '../../../kit/time.ts';
import type { PieceCandle } from './readPieces.ts';

/** A candle, and where it stands among others. */
export interface PlacedCandle {
  readonly startUs: Micros;
  readonly candle: Candle;
}

/** One list of the candles of ticks and of those of bars, by their start; two of the same start become one. */
export function mergeCandles(
  ofTicks: readonly PieceCandle[],
  ofBars: readonly PieceCandle[],
): PlacedCandle[] {
  const ticks = new Map(ofTicks.map((candle) => [candle.start_us, candle]));
  const bars = new Map(ofBars.map((candle) => [candle.start_us, candle]));
  const starts = [...new Set([...ticks.keys(), ...bars.keys()])].sort((a, b) => a - b);
  return starts.map((startUs) => ({
    startUs,
    candle: candleOf(startUs, ticks.get(startUs), bars.get(startUs)),
  }));
}

/** At least one of the two is there. */
function candleOf(
  startUs: Micros,
  ticks: PieceCandle | undefined,
  bars: PieceCandle | undefined,
): Candle {
  const pieces = [bars, ticks].filter((piece) => piece !== undefined);
  // Of equal times the bar's price: reduce() keeps the first.
  const first = pieces.reduce((a, b) => (b.first_us < a.first_us ? b : a));
  const last = pieces.reduce((a, b) => (b.last_us > a.last_us ? b : a));
  return {
    startTime: timestampFromMicros(startUs),
    open: first.open,
    high: Math.max(...pieces.map(({ high }) => high)),
    low: Math.min(...pieces.map(({ low }) => low)),
    close: last.close,
    volume: pieces.reduce((sum, { volume }) => sum + volume, 0),
    count: pieces.reduce((sum, { count }) => sum + count, 0),
    ...(bars && { barCount: bars.count }),
  };
}
