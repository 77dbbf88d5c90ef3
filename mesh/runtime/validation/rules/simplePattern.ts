/**
 * Characters and sets of them, each any number of times, between anchors: here JavaScript's expressions and RE2's
 * mean the same.
 */
const ITEM = String.raw`(?:[A-Za-z0-9 _:/=,;@#%&~"'!<>-]|\[\^?[A-Za-z0-9 _.:/=,;@#%&~"'!<>+*?(){}|$^-]+\])`;
const TIMES = String.raw`(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?`;
const SIMPLE = new RegExp(String.raw`^\^(?:${ITEM}${TIMES})*\$$`);
const REPEATED = /[*+]|\{\d+,\d*\}/g;
const OPTIONAL = /\?/g;

/** A JavaScript expression equal to an RE2 pattern; undefined when the pattern is not of the simplest kind. */
export function simplePattern(pattern: string): RegExp | undefined {
  if (!SIMPLE.test(pattern)) return undefined;
  // Two parts that may share out the same characters make backtracking slow; one part cannot, and one that may be
  // missing beside it only doubles it.
  const parts = pattern.replaceAll(/\[[^\]]*\]/g, 'x');
  const count = (what: RegExp) => parts.match(what)?.length ?? 0;
  return count(REPEATED) <= 1 && count(OPTIONAL) <= 1 ? new RegExp(pattern, 'u') : undefined;
}
