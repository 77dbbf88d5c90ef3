/** Larger ones are not kept. */
const MAX_KEPT = 1_048_576;

let kept = new DataView(new ArrayBuffer(65_536));

/** Room for so many bytes, to be copied from before it is asked for again. */
export function scratch(byteLength: number): DataView {
  if (byteLength <= kept.byteLength) return kept;
  const room = new DataView(new ArrayBuffer(byteLength));
  if (byteLength <= MAX_KEPT) kept = room;
  return room;
}

/**
 * An array with room behind the entries that it has. Setting the entries of an array whose length is known takes a
 * third of the time of pushing them. A column is in one piece, as a rule, so that `before` is empty.
 */
export function withRoom(before: readonly number[], count: number): number[] {
  const values = new Array<number>(before.length + count);
  for (let i = 0; i < before.length; i++) values[i] = before[i] as number;
  return values;
}
