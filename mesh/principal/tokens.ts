import type { Principal } from './Principal.ts';

/** What identity, the edge and the services agree on about their tokens (RFC 7519). */
export const tokenRules = {
  issuer: 'weft',
  /** Of the inner token, which says who acts and is good inside the mesh alone. */
  innerAudience: 'weft',
  /** Of the access token, which is good at the edge alone and carries the inner one. */
  accessAudience: 'weft-edge',
  /** The claim of an access token that holds the inner one. */
  innerClaim: 'weft',
  /** RFC 7518, section 3.4. No other is accepted, whatever a token or a key says of itself. */
  algorithm: 'ES256',
  /** How long both are good, in seconds. */
  lifeSeconds: 900,
  /** How long after its end an inner token is still good inside: for a call that set out in time. In seconds. */
  graceSeconds: 60,
} as const;

/** Carries the inner token on every call that is made for somebody. */
export const PRINCIPAL_HEADER = 'x-weft-principal';

/** Claims of the inner token. */
export interface InnerClaims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  /** Principal.subject. */
  readonly sub: string;
  readonly kind: Principal['kind'];
  /** Principal.organization. */
  readonly org?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Principal.session. */
  readonly sid: string;
  /** Seconds since the epoch, as `exp`. */
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/** Claims of the access token. */
export interface AccessClaims
  extends Pick<InnerClaims, 'iss' | 'aud' | 'sub' | 'sid' | 'iat' | 'exp' | 'jti'> {
  /** The inner token. */
  readonly weft: string;
}
