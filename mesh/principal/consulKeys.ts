import { createHash } from 'node:crypto';

/** Below it lies in Consul's KV store all by which tokens are judged. Identity alone may write there. */
export const PRINCIPAL_PREFIX = 'weft/principal/';

/** The JWKS (RFC 7517) of the keys that sign tokens: public parts alone, each with `kid`, `use` and `alg`. */
export const JWKS_KEY = `${PRINCIPAL_PREFIX}jwks`;

/** Below it an entry for each revoked session and API key: see revokedKey(). */
export const REVOKED_PREFIX = `${PRINCIPAL_PREFIX}revoked/`;

/** Below it an inner token for each API key that is good: see apiKeyKey(). */
export const API_KEYS_PREFIX = `${PRINCIPAL_PREFIX}keys/`;

/** Below it the edges tell when API keys were last used: see apiKeyUseEntries(). Nothing is judged by it. */
export const API_KEY_USE_PREFIX = 'weft/api-key-use/';

/**
 * Where it stands that a session or API key is revoked, as a Revocation in JSON.
 *
 * @param session Id of the session or key: `sid` of its tokens.
 * @throws TypeError for an id of other characters than A-Z, a-z, 0-9, "-" and "_".
 */
export function revokedKey(session: string): string {
  if (!SESSION.test(session)) throw new TypeError(`"${session}" is no id of a session`);
  return `${REVOKED_PREFIX}${session}`;
}

/** What an id of a session or key may look like: it is part of a path. */
export const SESSION = /^[A-Za-z0-9_-]{1,128}$/;

/** Where the inner token of an API key stands. */
export function apiKeyKey(apiKey: string): string {
  return `${API_KEYS_PREFIX}${hashApiKey(apiKey)}`;
}

/** What hashApiKey() answers. */
export const HASH = /^[0-9a-f]{64}$/;

/** SHA-256 in small hexadecimal digits. Salt and slowness protect passwords; 256 random bits need neither. */
export function hashApiKey(apiKey: string): string {
  return createHash('sha256').update(apiKey).digest('hex');
}

/** The value of an entry below REVOKED_PREFIX. */
export interface Revocation {
  /** When no token of it can be good any more, so that the entry may go: RFC 3339. */
  readonly expireTime: string;
}
