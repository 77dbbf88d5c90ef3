/** Which events of an outbox are in what has been read, of those that are told in rooms. */
export interface AsOf {
  /** Its id: places are those of this outbox. */
  readonly outbox: string;
  /** All up to this place are in it; 0: none of those that the outbox still holds. */
  readonly last: number;
  /** Places after that of which the events are in it, too, ascending. */
  readonly besides: readonly number[];
}

/** The last place that is in it; 0: none. */
export function latestOf({ last, besides }: AsOf): number {
  return besides.at(-1) ?? last;
}

export function isIn({ last, besides }: AsOf, place: number): boolean {
  return place <= last || besides.includes(place);
}

/** As answers hold it. */
export function formatAsOf({ outbox, last, besides }: AsOf): string {
  return `${outbox}:${last}:${besides.join(',')}`;
}

/** @throws Error for what formatAsOf() has not made. */
export function parseAsOf(text: string): AsOf {
  const [, outbox, last, besides] = /^([\w-]+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text) ?? [];
  if (outbox === undefined) throw new Error(`"${text}" does not say which events are in an answer`);
  return { outbox, last: Number(last), besides: besides ? besides.split(',').map(Number) : [] };
}
