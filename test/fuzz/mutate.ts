import type { Dice } from './Dice.ts';

export interface Material {
  readonly dice: Dice;
  /** Inputs that were worth keeping. */
  readonly corpus: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly maxLength: number;
}

/** Values at which code draws its lines. */
const EDGES = [0, 1, 0x0a, 0x20, 0x22, 0x2c, 0x7f, 0x80, 0xef, 0xf0, 0xff];
const DIGITS = [...'0123456789'].map((digit) => digit.charCodeAt(0));

type Mutation = (input: Uint8Array, material: Material) => Uint8Array;

const mutations: readonly Mutation[] = [
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 1, [dice.below(256)]),
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 1, [dice.pick(EDGES)]),
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 1, [dice.pick(DIGITS)]),
  (input, { dice }) => {
    const at = dice.below(input.length + 1);
    return replaced(input, at, 1, [(input[at] ?? 0) ^ (1 << dice.below(8))]);
  },
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 0, [dice.below(256)]),
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 1 + dice.below(8), []),
  // A part of it again, where it was or elsewhere.
  (input, { dice }) => replaced(input, dice.below(input.length + 1), 0, partOf(input, dice)),
  // A part of another.
  (input, { dice, corpus }) =>
    replaced(input, dice.below(input.length + 1), dice.below(8), partOf(dice.pick(corpus), dice)),
  (input, { dice, corpus }) => {
    const other = dice.pick(corpus);
    return replaced(input, dice.below(input.length + 1), input.length, partOf(other, dice));
  },
  (input, { dice, words }) =>
    words.length === 0
      ? input
      : replaced(input, dice.below(input.length + 1), dice.below(4), dice.pick(words)),
  // A word in the place of another.
  (input, { dice, words }) => {
    const at = dice.below(input.length + 1);
    let from = at;
    while (from > 0 && isLetter(input[from - 1])) from -= 1;
    let to = at;
    while (isLetter(input[to])) to += 1;
    return words.length === 0 ? input : replaced(input, from, to - from, dice.pick(words));
  },
];

/** One or a few changes; rarely a part of it as often as there is room, which shows work that grows faster than its input. */
export function mutate(input: Uint8Array, material: Material): Uint8Array {
  const { dice, maxLength } = material;
  let changed = input;
  for (let i = 1 << dice.below(4); i > 0; i--) changed = dice.pick(mutations)(changed, material);
  if (dice.below(200) === 0) {
    const part = partOf(changed, dice);
    const times = part.length === 0 ? 0 : dice.below(Math.floor(maxLength / part.length) + 1);
    const many = Buffer.alloc(part.length * times, part);
    changed = replaced(changed, dice.below(changed.length + 1), 0, many);
  }
  return changed.subarray(0, maxLength);
}

/** Of what most languages write names, numbers and strings with. */
function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && /[\w."]/.test(String.fromCharCode(byte));
}

function partOf(input: Uint8Array, dice: Dice): Uint8Array {
  const from = dice.below(input.length + 1);
  return input.subarray(from, from + 1 + dice.below(Math.min(64, input.length + 1)));
}

function replaced(
  input: Uint8Array,
  at: number,
  length: number,
  by: Uint8Array | readonly number[],
): Uint8Array {
  const result = new Uint8Array(at + by.length + Math.max(0, input.length - at - length));
  result.set(input.subarray(0, at));
  result.set(by, at);
  result.set(input.subarray(at + length), at + by.length);
  return result;
}
