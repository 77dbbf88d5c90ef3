import { RE2 } from 're2-wasm';

/**
 * Why a regular expression cannot be sent; undefined: it can. A client refuses a whole resource for one
 * that is not RE2, and grpc-js-xds crashes over one in a route.
 */
export function regexProblem(regex: string): string | undefined {
  try {
    new RE2(regex, 'u');
    // What ends in an open quotation (\Q) is RE2, but swallows what is put behind it.
    new RE2(safeRegex(regex).regex, 'u');
    return undefined;
  } catch (error) {
    return `no RE2 regular expression: ${regex}: ${(error as Error).message}`;
  }
}

/**
 * An envoy.type.matcher.v3.RegexMatcher that has to match the whole of a text. grpc-js-xds anchors by
 * `^` + regex + `$`, which binds to the outer alternatives of `a|b` only: the group holds them together.
 */
export function safeRegex(regex: string): { regex: string } {
  return { regex: `(?:${regex})` };
}
