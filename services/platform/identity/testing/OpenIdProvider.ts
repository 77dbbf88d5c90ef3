import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  decodeJwt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** Somebody who is signed in at the provider, by the claims that it makes. */
export interface ProviderUser {
  /** Names him at the provider, for ever. */
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

export interface ProviderOptions {
  /** Where it sends browsers back to. */
  readonly redirectUris: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
}

/** What a provider that is broken or hostile puts into an ID token in place of what belongs there. */
export interface Forgery {
  /** Claims over the right ones. */
  readonly claims?: JWTPayload;
  /** Signs with a key that is not the provider's. */
  readonly otherKey?: boolean;
}

export const CLIENT = { id: 'weft', secret: 'the-secret-of-a-local-provider-only' } as const;

/**
 * An OpenID provider of this machine, in the place of Google's: oidc-provider, which is certified, and asks nobody for a
 * password: whoever comes is `user`, or the one that `login_hint` names.
 */
export class OpenIdProvider implements AsyncDisposable {
  readonly issuer: string;
  /** Who is signed in at the provider, in every browser. */
  user: ProviderUser = { sub: 'ann', email: 'ann@example.com', email_verified: true, name: 'Ann' };
  /** Applied to each ID token from now on. */
  forgery: Forgery | undefined;
  readonly #server: Server;
  readonly #key: JWK;

  private constructor(server: Server, key: JWK) {
    this.#server = server;
    this.#key = key;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start({ redirectUris, port = 0 }: ProviderOptions): Promise<OpenIdProvider> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: 'provider', alg: 'ES256', use: 'sig' };
    const started = new OpenIdProvider(server, key);
    started.#serve(redirectUris);
    return started;
  }

  /** An access token of it as a JWT, as services of one's own identity provider get them (RFC 9068). */
  async token(claims: JWTPayload): Promise<string> {
    return this.#sign({ iss: this.issuer, ...claims });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #serve(redirectUris: readonly string[]): void {
    const provider = new Provider(this.issuer, this.#configuration(redirectUris));
    provider.use(async (ctx, next) => {
      // In place of a page that asks for a password.
      if (ctx.path.startsWith('/interaction/')) {
        const login = { accountId: this.user.sub };
        return provider.interactionFinished(ctx.req, ctx.res, { login });
      }
      await next();
      const { body } = ctx as { body?: { id_token?: string } };
      if (ctx.path === '/token' && body?.id_token && this.forgery) {
        body.id_token = await this.#forge(body.id_token, this.forgery);
      }
    });
    this.#server.on('request', provider.callback());
  }

  #configuration(redirectUris: readonly string[]): Configuration {
    return {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [...redirectUris],
          response_types: ['code'],
          grant_types: ['authorization_code'],
          id_token_signed_response_alg: 'ES256',
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      jwks: { keys: [this.#key] },
      cookies: { keys: ['a-key-of-a-local-provider'] },
      claims: { email: ['email', 'email_verified'], profile: ['name'] },
      // Google puts them into the ID token.
      conformIdTokenClaims: false,
      enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, accountId) => ({
        accountId,
        claims: async () => ({ ...this.user, sub: accountId }),
      }),
      // Nobody is asked for consent.
      async loadExistingGrant({ oidc }) {
        const { client, session, provider, params } = oidc;
        const accountId = session?.accountId;
        if (!client || !accountId) return undefined;
        const grant = new provider.Grant({ clientId: client.clientId, accountId });
        grant.addOIDCScope(String(params?.scope));
        await grant.save();
        return grant;
      },
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
    };
  }

  async #forge(token: string, { claims, otherKey }: Forgery): Promise<string> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = otherKey ? { ...(await exportJWK(privateKey)), kid: 'provider' } : this.#key;
    return this.#sign({ ...decodeJwt(token), ...claims }, key);
  }

  async #sign(claims: JWTPayload, key = this.#key): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: String(key.kid) })
      .sign(await importJWK(key, 'ES256'));
  }
}
