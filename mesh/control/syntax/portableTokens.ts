const ESCAPED = String.raw`\\(?:[dDsSwW]|x[2-7][0-9A-Fa-f]|[ -/:-@\[-\x60{-~])`;
const NAMED =
  '\\[:\\^?(?:alnum|alpha|ascii|digit|graph|lower|print|punct|space|upper|word|xdigit):\\]';
/** What stands in brackets: of the printable characters of ASCII all but the brackets and the backslash. */
const MEMBER = `(?:${ESCAPED}|${NAMED}|[ -Z^-~])`;
const CLASS = String.raw`\[\^?\]?${MEMBER}*\]`;
const NUMBER = '(?:0|[1-9][0-9]{0,3})';

const TOKEN = new RegExp(
  [
    CLASS,
    ESCAPED,
    String.raw`\\[bB]`,
    String.raw`\(\?(?!\))[is]{0,2}(?:-[is]{1,2})?[:)]`,
    String.raw`\((?!\?)`,
    String.raw`\{${NUMBER}(?:,${NUMBER}?)?\}`,
    // All else but what only begins a token.
    String.raw`[ -')-Z\]-z|}~]`,
  ].join('|'),
  'y',
);

const MEMBERS = new RegExp(`${MEMBER}(?:-${MEMBER})?`, 'g');

/**
 * Takes a regular expression apart into what RE2 (C++, and so Envoy and gRPC for C++ and Python), Go's regexp, RE2/J, re2js
 * and re2-wasm (grpc-js) read alike. The paths and headers of gRPC are ASCII, so this is all that is needed of RE2's syntax.
 * Left out are
 *
 * - classes of Unicode, and all that is not ASCII: which classes there are depends on the version, and each takes hundreds of
 *   instructions
 * - `\Q…\E`, in which re2-wasm escapes slashes once more
 * - `\C`, `\c`, `\u`, `\x{…}`, names of groups and other flags than `i` and `s`, which some of them have and others not
 *
 * Whether they make an expression, such as one with as many brackets closed as opened, is left to a parser.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 * @returns the tokens up to the first that is left out.
 */
export function portableTokens(regex: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(regex); found; found = TOKEN.exec(regex)) tokens.push(found[0]);
  return tokens;
}

/** How many characters and ranges a class such as `[^a-z_]` names: here three, for `^` counts. */
export function countMembers(token: string): number {
  const members = token.slice(1, -1).match(MEMBERS)?.length ?? 0;
  // A bracket that comes first is a member, too.
  return members + (/^\[\^?\]/.test(token) ? 1 : 0);
}
