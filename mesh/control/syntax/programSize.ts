import { countMembers } from './portableTokens.ts';

/** What a program begins and ends with. */
const AROUND = 4;
/** Byte ranges of what is not ASCII, in UTF-8. */
const BEYOND_ASCII = 9;
/** Byte ranges of `\w`, the largest of its kind, or of [:punct:]. */
const LARGEST_NAMED = 4;
/** Where upper and lower case are the same, "k" and "s" are also the Kelvin sign and the long s. */
const FOLDED = 5;

/** An alternative, or what stands in a group. */
interface Group {
  size: number;
  /** Of what a repetition would repeat. */
  last: number;
}

/**
 * About the most instructions that RE2 makes of an expression: it works on bytes, so what is not ASCII takes several, and a
 * repetition is written out.
 *
 * @param tokens As portableTokens() gives them. Of what is no expression it answers some number.
 */
export function programSize(tokens: readonly string[]): number {
  const folds = tokens.some((token) => /^\(\?[is]*i/.test(token));
  let group: Group = { size: AROUND, last: 0 };
  const outer: Group[] = [];
  const add = (size: number) => {
    group.size += size;
    group.last = size;
  };
  for (const token of tokens) {
    const repeats = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})$/.exec(token);
    if (repeats) {
      add(group.last * (timesOf(repeats[1], repeats[2]) - 1) + choicesOf(repeats[1], repeats[2]));
    } else if (token.startsWith('(') && !/^\(\?.*\)$/.test(token)) {
      outer.push(group);
      group = { size: token === '(' ? 2 : 0, last: 0 };
    } else if (token === ')') {
      const { size } = group;
      group = outer.pop() ?? group;
      add(size);
    } else {
      add(sizeOfAtom(token, folds));
    }
  }
  return group.size;
}

/** How often what is repeated is written out. */
function timesOf(least = '1', most = ''): number {
  return Math.max(1, Number(least), Number(most));
}

/** A choice each time that it may have been the last, and what keeps a loop from matching nothing for ever. */
function choicesOf(least: string | undefined, most: string | undefined): number {
  return 4 + (most ? Number(most) - Number(least) : 0);
}

function sizeOfAtom(token: string, folds: boolean): number {
  const fold = folds ? FOLDED : 0;
  if (token === '.' || /^\\[DSW]$/.test(token)) return LARGEST_NAMED + BEYOND_ASCII + fold;
  if (/^\\[dsw]$/.test(token)) return LARGEST_NAMED + fold;
  if (token.startsWith('[')) {
    const named = token.match(/\\[dDsSwW]|\[:/g)?.length ?? 0;
    const negated = /^\[\^|\\[DSW]|\[:\^/.test(token);
    return countMembers(token) + named * LARGEST_NAMED + (negated ? BEYOND_ASCII : 0) + fold;
  }
  return 1 + (/^[ks]$/i.test(token) ? fold : 0);
}
