import type { JWK } from 'jose';
import { tokenRules } from './tokens.ts';

/**
 * The keys of a JWKS by which our tokens can be verified, by their ids. Others are passed over, as RFC 7517 says: those of
 * another kind, without an id, or that are not for signatures.
 *
 * @throws TypeError for what is no JWKS.
 */
export function parseJwks(jwks: unknown): Map<string, JWK> {
  const { keys } = Object(jwks) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new TypeError('a JWKS has a list of keys');
  const usable = keys.filter(isUsable);
  return new Map(usable.map(({ kty, crv, x, y, kid }) => [kid, { kty, crv, x, y, kid }]));
}

interface UsableKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
}

function isUsable(key: unknown): key is UsableKey {
  const { kty, crv, x, y, kid, use, alg } = Object(key) as Partial<Record<keyof JWK, unknown>>;
  return (
    kty === 'EC' &&
    crv === 'P-256' &&
    [x, y, kid].every((part) => typeof part === 'string' && part !== '') &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === tokenRules.algorithm)
  );
}
