import { RE2JS } from 're2js';
import { portableTokens } from './portableTokens.ts';
import { programSize } from './programSize.ts';

/** Characters of an expression at most. */
export const MAX_REGEX_LENGTH = 1_000;

/**
 * Instructions of an expression at most, as programSize() counts them. A client spends some 30 bytes on each, and one that
 * matches by re2-wasm does so anew with each update and never gets them back.
 */
export const MAX_REGEX_PROGRAM = 500;

/**
 * Why a regular expression cannot be sent; undefined: it can. A client refuses a whole resource for one that it cannot read,
 * and grpc-js-xds crashes over one in a route. So only what all of them read, and read alike, is sent.
 */
export function regexProblem(regex: string): string | undefined {
  if (regex.length > MAX_REGEX_LENGTH) {
    return `a regular expression of ${regex.length} characters, and ${MAX_REGEX_LENGTH} are allowed`;
  }
  const tokens = portableTokens(regex);
  const { length } = tokens.join('');
  if (length < regex.length) {
    return `a regular expression that not every client takes: it has ${JSON.stringify(regex.slice(length, length + 10))}`;
  }
  // Before it is compiled: that takes as long as the program is.
  const size = programSize(tokens);
  if (size > MAX_REGEX_PROGRAM) {
    return `a regular expression of about ${size} instructions, and ${MAX_REGEX_PROGRAM} are allowed`;
  }
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (error) {
    return `no RE2 regular expression: ${(error as Error).message}`;
  }
}

/** Instructions of an expression that can be sent, at most. */
export function regexSize(regex: string): number {
  return programSize(portableTokens(regex));
}

/**
 * An envoy.type.matcher.v3.RegexMatcher that has to match the whole of a text. grpc-js-xds anchors by
 * `^` + regex + `$`, which binds to the outer alternatives of `a|b` only: the group holds them together.
 */
export function safeRegex(regex: string): { regex: string } {
  return { regex: `(?:${regex})` };
}
