import { randomUUID } from 'node:crypto';
import type { CryptoKey, JWTPayload } from 'jose';
import type { Principal } from './Principal.ts';
import { type AccessClaims, type InnerClaims, tokenRules } from './tokens.ts';

export interface SigningKey {
  /** As the JWKS has it. */
  readonly kid: string;
  /** Private, of the curve P-256. */
  readonly key: CryptoKey;
}

export interface SignOptions {
  /** Of the issue, in milliseconds since the epoch. Default: now. */
  readonly now?: number;
  /** How long they are good, in seconds. Default: tokenRules.lifeSeconds. */
  readonly lifeSeconds?: number;
}

/** Signs the inner token of a principal. */
export async function signInner(
  principal: Principal,
  key: SigningKey,
  options: SignOptions = {},
): Promise<string> {
  const { subject, kind, organization, roles, scopes, session } = principal;
  const claims: InnerClaims = {
    ...common(subject, session, options),
    aud: tokenRules.innerAudience,
    kind,
    ...(organization === undefined ? {} : { org: organization }),
    roles,
    scopes,
  };
  return sign(claims, key);
}

/** Signs an access token, with the principal's inner token in it. */
export async function signAccess(
  principal: Principal,
  key: SigningKey,
  options: SignOptions = {},
): Promise<string> {
  const claims: AccessClaims = {
    ...common(principal.subject, principal.session, options),
    aud: tokenRules.accessAudience,
    [tokenRules.innerClaim]: await signInner(principal, key, options),
  };
  return sign(claims, key);
}

function common(sub: string, sid: string, { now = Date.now(), lifeSeconds }: SignOptions) {
  const iat = Math.floor(now / 1_000);
  const exp = iat + (lifeSeconds ?? tokenRules.lifeSeconds);
  return { iss: tokenRules.issuer, sub, sid, iat, exp, jti: randomUUID() };
}

async function sign(claims: object, { kid, key }: SigningKey): Promise<string> {
  const { SignJWT } = await import('jose/jwt/sign');
  return new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: tokenRules.algorithm, kid, typ: 'JWT' })
    .sign(key);
}
