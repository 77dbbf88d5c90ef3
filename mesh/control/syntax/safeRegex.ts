import { RE2JS } from 're2js';

/**
 * Why a regular expression cannot be sent; undefined: it can. A client refuses a whole resource for one
 * that is not RE2, and grpc-js-xds crashes over one in a route.
 */
export function regexProblem(regex: string): string | undefined {
  try {
    RE2JS.compile(regex);
    // What ends in an open quotation (\Q) is RE2, but swallows what is put behind it.
    RE2JS.compile(safeRegex(regex).regex);
    return undefined;
  } catch (error) {
    return `no RE2 regular expression: ${(error as Error).message}`;
  }
}

/**
 * An envoy.type.matcher.v3.RegexMatcher that has to match the whole of a text. grpc-js-xds anchors by
 * `^` + regex + `$`, which binds to the outer alternatives of `a|b` only: the group holds them together.
 */
export function safeRegex(regex: string): { regex: string } {
  return { regex: `(?:${regex})` };
}
