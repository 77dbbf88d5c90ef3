import { readCookie } from '../cookies/readCookie.ts';
import { unauthenticated } from '../errors.ts';
import type { Identity } from '../Identity.ts';
import {
  beginFederatedLogin,
  endFederatedLogin,
  FEDERATED_LOGIN_MS,
  type FederatedLogin,
  random,
} from './FederatedLogins.ts';
import type { OpenIdClient, ProviderIdentity } from './OpenIdClient.ts';

/** Says which browser it is that went to the provider. */
const COOKIE = 'weft_login';
const BROWSER = /^[A-Za-z0-9_-]{43}$/;

/** What a browser goes to the provider for. */
export interface Errand {
  /** Path of the page that it ends at; empty: it is answered with JSON. */
  readonly returnTo: string;
  /** Who links his account there to the one here; null: somebody signs in. */
  readonly accountId: string | null;
  /** Default: the first of the paths. */
  readonly path?: string;
}

/** Sends browsers to Google, and knows them when they come back. */
export class GoogleLogin {
  readonly #identity: Identity;
  readonly #client: OpenIdClient;
  readonly #publicUrl: string;

  /** @param publicUrl Of the edge, such as "https://api.example". */
  constructor(identity: Identity, client: OpenIdClient, publicUrl: string) {
    this.#identity = identity;
    this.#client = client;
    this.#publicUrl = publicUrl;
  }

  /**
   * @param cookies The Cookie header: a browser that has been here keeps what says that it is it.
   * @returns where to send the browser, and the Set-Cookie header that it is to get.
   */
  async begin(
    cookies: string | undefined,
    { returnTo, accountId, path = GOOGLE_PATHS[0] }: Errand,
  ): Promise<{ url: URL; cookie: string }> {
    const known = readCookie(cookies, COOKIE) ?? '';
    const browser = BROWSER.test(known) ? known : random();
    const redirectUri = new URL(`${path}/callback`, this.#publicUrl).href;
    const errand = { redirectUri, returnTo, accountId };
    const attempt = await beginFederatedLogin(this.#identity, browser, errand);
    // Lax: it has to come along when the provider sends the browser back.
    const attributes = [
      ...['HttpOnly', 'SameSite=Lax', 'Path=/', `Max-Age=${FEDERATED_LOGIN_MS / 1_000}`],
      ...(this.#publicUrl.startsWith('https:') ? ['Secure'] : []),
    ];
    return {
      url: await this.#client.authorizationUrl(attempt),
      cookie: [`${COOKIE}=${browser}`, ...attributes].join('; '),
    };
  }

  /**
   * What a browser went for that has come back.
   *
   * @throws RpcError UNAUTHENTICATED, reason LOGIN_STATE_INVALID: another browser went, it took too long, or it has been back
   *   before.
   */
  async comeBack(cookies: string | undefined, query: URLSearchParams): Promise<FederatedLogin> {
    const browser = readCookie(cookies, COOKIE) ?? '';
    const state = query.get('state') ?? '';
    const login =
      browser && state ? await endFederatedLogin(this.#identity, browser, state) : undefined;
    if (login) return login;
    const message = 'this browser is not expected back: begin again';
    throw unauthenticated('LOGIN_STATE_INVALID', message);
  }

  /** Who has come back, as the provider says. @throws as OpenIdClient.redeem(). */
  identify(query: URLSearchParams, { attempt }: FederatedLogin): Promise<ProviderIdentity> {
    return this.#client.redeem(query.toString(), attempt);
  }
}

/** Where a browser begins; below them `/callback`, where it comes back. */
export const GOOGLE_PATHS = ['/v1/auth/google', '/api/auth/google'] as const;
