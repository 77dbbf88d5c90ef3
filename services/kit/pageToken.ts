import { createHash } from 'node:crypto';
import { invalidArgument } from './invalidArgument.ts';
import { Reason } from './Reason.ts';

/** What a page token may say about where the next page begins. */
export type PagePosition = string | number;

/**
 * Makes a token for the page that begins after, or at, `position`. Callers cannot read meaning into it,
 * and it serves only requests that ask for the same list.
 *
 * @param list What the request asks for, page size and token left out: such as ["candles", symbol].
 */
export function encodePageToken(
  list: readonly (string | number)[],
  position: PagePosition,
): string {
  return Buffer.from(JSON.stringify([fingerprint(list), position])).toString('base64url');
}

/**
 * Reads a token that `encodePageToken` made for the same list.
 *
 * @param type Type of the position.
 * @returns undefined for an empty token: the first page.
 * @throws RpcError INVALID_ARGUMENT for a token of another list (PAGE_TOKEN_FOREIGN), and for what is no token
 *   (PAGE_TOKEN_INVALID).
 */
export function decodePageToken<Type extends 'string' | 'number'>(
  token: string,
  list: readonly (string | number)[],
  type: Type,
): (Type extends 'string' ? string : number) | undefined;
export function decodePageToken(
  token: string,
  list: readonly (string | number)[],
  type: 'string' | 'number',
): PagePosition | undefined {
  if (token === '') return undefined;
  const content = parse(token);
  if (!Array.isArray(content) || content.length !== 2) throw noToken();
  const [print, position]: unknown[] = content;
  if (print !== fingerprint(list)) {
    throw invalidArgument(
      'page_token',
      'belongs to a request with other parameters',
      Reason.PAGE_TOKEN_FOREIGN,
    );
  }
  if (typeof position === 'string' && type === 'string') return position;
  if (Number.isSafeInteger(position) && type === 'number') return position as number;
  throw noToken();
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw noToken();
  }
}

function noToken() {
  return invalidArgument(
    'page_token',
    'is not a next_page_token that this service gave',
    Reason.PAGE_TOKEN_INVALID,
  );
}

function fingerprint(list: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 8);
}
