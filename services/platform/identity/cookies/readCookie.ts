/**
 * The value of a cookie in a Cookie header (RFC 6265, 5.4).
 *
 * @returns undefined where there is none of that name; of several the first.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(/;\s*/) ?? []) {
    const [found, ...value] = pair.split('=');
    if (found === name) return value.join('=');
  }
  return undefined;
}
