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
