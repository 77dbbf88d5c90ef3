/**
 * What a member has been told of the events of a room: all up to a number in the stream, and some after it, which were in the
 * snapshot that he began with.
 */
export interface EventOffset {
  readonly upTo: number;
  /** Ascending, after that. */
  readonly besides: readonly number[];
}

/** The last number that a member has been told; 0 where it is not known. */
export function headOf(offset: EventOffset | undefined): number {
  return offset ? Math.max(offset.upTo, offset.besides.at(-1) ?? 0) : 0;
}

/** As clients hand it back, such as "17", or "17+19,20". */
export function formatOffset({ upTo, besides }: EventOffset): string {
  return besides.length === 0 ? String(upTo) : `${upTo}+${besides.join(',')}`;
}

/** Undefined for what is none. */
export function readOffset(text: string): EventOffset | undefined {
  const [, upTo, besides] = /^(\d{1,16})(?:\+(\d{1,16}(?:,\d{1,16})*))?$/.exec(text) ?? [];
  if (upTo === undefined) return undefined;
  const numbers = besides?.split(',').map(Number) ?? [];
  return { upTo: Number(upTo), besides: numbers.sort((one, two) => one - two) };
}
