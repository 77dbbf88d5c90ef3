import {
  createRemoteJWKSet,
  decodeJwt,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Log } from '../../../kit/Log.ts';
import { ROLES } from '../roles/roles.ts';

/** An identity provider of one's own, whose tokens are exchanged for ours. */
export interface TrustedIssuer {
  /** As its tokens name it; below it is its configuration (OpenID Connect Discovery 1.0). */
  readonly issuer: string;
  /** That its tokens must be for. */
  readonly audience: string;
  /** Where they say roles, such as "realm_access.roles": of those, ours count. Undefined: none does. */
  readonly rolesClaim?: string | undefined;
}

/** Whom a token is about. */
export interface TrustedSubject {
  readonly issuer: string;
  readonly claims: JWTPayload & { readonly sub: string };
  /** Ours that the token says, where the issuer may say them. */
  readonly roles: readonly string[];
}

/** Signatures by a key that has a public part (RFC 7518, 3.1): with any other, who verifies could sign. */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
];
const TIMEOUT_MS = 5_000;
const CLOCK_DIFFERENCE_S = 30;

/** Verifies tokens of the identity providers that the operator trusts. */
export class TrustedIssuers {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>();
  readonly #log: Log;

  constructor(issuers: readonly TrustedIssuer[], log: Log) {
    this.#issuers = new Map(issuers.map((each) => [each.issuer, each]));
    this.#log = log;
  }

  /**
   * @param token A JSON Web Token (RFC 7519).
   * @returns undefined for one that is not good: of another issuer, for another audience, expired, or with another signature.
   */
  async verify(token: string): Promise<TrustedSubject | undefined> {
    try {
      const trusted = this.#issuers.get(decodeJwt(token).iss ?? '');
      if (!trusted) return undefined;
      const { issuer, audience, rolesClaim } = trusted;
      const { payload } = await jwtVerify(token, await this.#keysOf(issuer), {
        ...{ issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_DIFFERENCE_S },
        requiredClaims: ['sub', 'exp'],
      });
      const { sub = '' } = payload;
      if (!/^[\x20-\x7e]{1,255}$/.test(sub)) return undefined;
      return { issuer, claims: { ...payload, sub }, roles: rolesIn(payload, rolesClaim) };
    } catch (err) {
      this.#log.info({ err }, 'a token of an identity provider is not good');
      return undefined;
    }
  }

  /** They are fetched anew when a token names another one. */
  async #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer) ?? discoverKeys(issuer);
    this.#keys.set(issuer, known);
    try {
      return await known;
    } catch (error) {
      this.#keys.delete(issuer);
      throw error;
    }
  }
}

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const { issuer: said, jwks_uri } = (await response.json()) as Record<string, unknown>;
  if (said !== issuer) throw new Error(`${url} is the configuration of ${said}`);
  return createRemoteJWKSet(new URL(String(jwks_uri)), { timeoutDuration: TIMEOUT_MS });
}

function rolesIn(claims: JWTPayload, path: string | undefined): string[] {
  if (!path) return [];
  let found: unknown = claims;
  for (const name of path.split('.')) {
    found = Object(found) === found ? (found as Record<string, unknown>)[name] : undefined;
  }
  const all = Array.isArray(found) ? found : [found];
  return ROLES.filter((role) => all.includes(role));
}
