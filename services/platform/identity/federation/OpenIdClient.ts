import { RpcError, Status } from '@weft/mesh/runtime';
import type { Configuration, IDToken } from 'openid-client';
import type { Log } from '../../../kit/Log.ts';
import { unauthenticated } from '../errors.ts';

export interface ProviderSettings {
  /** URL that its tokens name, and below which its configuration is (OpenID Connect Discovery 1.0). */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the browser is sent to a provider with, and what is kept of it here meanwhile. */
export interface Attempt {
  /** Random; the provider gives it back to whoever it sends back. */
  readonly state: string;
  /** Random; stands in the ID token that is made for this attempt. */
  readonly nonce: string;
  /** PKCE's (RFC 7636): random, and shown first when the code is redeemed. */
  readonly codeVerifier: string;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
}

/** What a provider says of somebody. */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Empty: it says none. */
  readonly email: string;
  /** Whether the provider has seen that the address is his. */
  readonly emailVerified: boolean;
  readonly name: string;
}

const TIMEOUT_S = 10;

/**
 * Signs users in at another OpenID provider: authorization code with PKCE, state and nonce; the ID token's signature,
 * issuer, audience and times are verified.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
 * @see https://datatracker.ietf.org/doc/html/rfc9700
 */
export class OpenIdClient {
  readonly #settings: ProviderSettings;
  readonly #log: Log;
  #configuration: Promise<Configuration> | undefined;

  constructor(settings: ProviderSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /**
   * Where to send the browser.
   *
   * @throws RpcError UNAVAILABLE when the provider cannot be asked for its configuration.
   */
  async authorizationUrl({ state, nonce, codeVerifier, redirectUri }: Attempt): Promise<URL> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
    const configuration = await this.#discover();
    return buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * Who has come back, by the code that he brings.
   *
   * @param query Of the URL that the browser came back to.
   * @throws RpcError UNAUTHENTICATED with reason PROVIDER_REFUSED when the provider, or its answer, is not good; UNAVAILABLE
   *   when it cannot be asked.
   */
  async redeem(
    query: string,
    { state, nonce, codeVerifier, redirectUri }: Attempt,
  ): Promise<ProviderIdentity> {
    const { authorizationCodeGrant } = await import('openid-client');
    const configuration = await this.#discover();
    const url = new URL(redirectUri);
    url.search = query;
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier },
        idTokenExpected: true,
      });
      return identityOf(tokens.claims() as IDToken);
    } catch (cause) {
      if (isUnreachable(cause)) throw this.#unavailable(cause);
      this.#log.info(
        { err: cause, issuer: this.#settings.issuer },
        'a provider vouches for nobody',
      );
      throw unauthenticated('PROVIDER_REFUSED', 'the provider does not vouch for you');
    }
  }

  /** Once, and again after a failure. Its keys are fetched anew by the library when there are others. */
  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    this.#configuration ??= import('openid-client').then((openid) => {
      const isLocal = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:|\/|$)/.test(issuer);
      return openid.discovery(
        new URL(issuer),
        clientId,
        undefined,
        openid.ClientSecretPost(clientSecret),
        {
          timeout: TIMEOUT_S,
          // TLS alone would do by the specification, where it is not ended by somebody else before.
          execute: [
            openid.enableNonRepudiationChecks,
            ...(isLocal ? [openid.allowInsecureRequests] : []),
          ],
        },
      );
    });
    try {
      return await this.#configuration;
    } catch (cause) {
      this.#configuration = undefined;
      throw this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): RpcError {
    this.#log.warn({ err: cause, issuer: this.#settings.issuer }, 'a provider cannot be asked');
    return new RpcError(Status.UNAVAILABLE, 'the provider cannot be asked now', { cause });
  }
}

/** @throws TypeError for a subject that is none (OpenID Connect Core 1.0, section 2). */
function identityOf({ iss, sub, email, email_verified, name }: IDToken): ProviderIdentity {
  if (!/^[\x20-\x7e]{1,255}$/.test(sub)) throw new TypeError('the subject is none');
  return {
    ...{ issuer: iss, subject: sub },
    email: typeof email === 'string' ? email : '',
    emailVerified: email_verified === true,
    name: typeof name === 'string' ? name : '',
  };
}

/** fetch() failed, or took too long. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const names = [error.name, (error.cause as Error | undefined)?.name];
  return error.message === 'fetch failed' || names.includes('TimeoutError');
}
