/**
 * A smaller input of which the same holds: parts are taken away, halves first, then what is left is made plain
 * (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002).
 *
 * @param holds Whether it still shows what is looked for.
 * @param until When to be content, as performance.now() tells it.
 */
export async function shrink(
  input: Uint8Array,
  holds: (input: Uint8Array) => Promise<boolean>,
  until: number,
): Promise<Uint8Array> {
  let best = input;
  const tries = async (candidate: Uint8Array): Promise<boolean> => {
    if (performance.now() > until || !(await holds(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let at = 0; at < best.length; ) {
      const without = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (!(await tries(without))) at += size;
    }
  }
  for (let at = 0; at < best.length; at++) {
    for (const plain of [0, 0x30, 0x61]) {
      if (best[at] === plain) break;
      const plainer = Uint8Array.from(best);
      plainer[at] = plain;
      if (await tries(plainer)) break;
    }
  }
  return best;
}
