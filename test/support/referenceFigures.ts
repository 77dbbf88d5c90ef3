import { readFileSync } from 'node:fs';

/** Figures of a CSV of daily bars, worked out without any of the project's code. */
export interface ReferenceFigures {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly high: number;
  readonly low: number;
  readonly vwap: number;
  readonly volume: number;
  readonly rows: readonly ReferenceBar[];
}

export interface ReferenceBar {
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export function referenceFigures(file: string): ReferenceFigures {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const rows = lines.map((line) => {
    const [date = '', open, high, low, close, , volume] = line.split(',');
    return {
      date,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    };
  });
  let turnover = 0;
  let volume = 0;
  for (const row of rows) {
    turnover += row.volume * ((row.open + row.high + row.low + row.close) / 4);
    volume += row.volume;
  }
  return {
    count: rows.length,
    first: rows[0]?.open ?? Number.NaN,
    last: rows.at(-1)?.close ?? Number.NaN,
    high: Math.max(...rows.map((row) => Math.max(row.open, row.high, row.low, row.close))),
    low: Math.min(...rows.map((row) => Math.min(row.open, row.high, row.low, row.close))),
    vwap: turnover / volume,
    volume,
    rows,
  };
}
