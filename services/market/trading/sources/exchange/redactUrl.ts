/** A URL as it may be shown: scheme, host and path. What follows may hold a token, what precedes a password. */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return '';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
