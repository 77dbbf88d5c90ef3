import { readCookie } from './readCookie.ts';

/** Where refresh tokens are taken: nobody else is sent the cookie. */
const PATHS = ['/v1/auth', '/api/auth', '/auth'];
const NAME = 'weft_refresh';

/**
 * A refresh token in a cookie that no script of a page can read, and that browsers send with requests of this site alone.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
 */
export class RefreshCookie {
  readonly #attributes: readonly string[];

  /** @param secure Whether browsers reach the edge by https alone. */
  constructor(secure: boolean) {
    this.#attributes = ['HttpOnly', 'SameSite=Strict', ...(secure ? ['Secure'] : [])];
  }

  /** Set-Cookie headers that give a browser a token. @param seconds How long it is kept. */
  set(token: string, seconds: number): string[] {
    return PATHS.map((path) =>
      [`${NAME}=${token}`, `Path=${path}`, `Max-Age=${seconds}`, ...this.#attributes].join('; '),
    );
  }

  /** Set-Cookie headers that take it away. */
  clear(): string[] {
    return this.set('', 0);
  }

  /** The token in a Cookie header; empty: there is none. */
  static read(header: string | undefined): string {
    return readCookie(header, NAME) ?? '';
  }
}
