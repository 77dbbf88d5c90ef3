/** The tables of migrations/, as kysely sees them. */
export interface Schema {
  source: { name: string; acknowledged: number };
  asset: {
    symbol: string;
    count: number;
    first: number;
    first_us: number;
    last: number;
    last_us: number;
    high: number;
    low: number;
    turnover: number;
    volume: number;
  };
  candle: {
    symbol: string;
    start_us: number;
    open: number;
    open_us: number;
    high: number;
    low: number;
    close: number;
    close_us: number;
    volume: number;
    count: number;
  };
}
