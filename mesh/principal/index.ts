/** Who acts: the tokens that say it, and what lies about them in Consul's KV store. */

export { type ApiKeyUse, apiKeyUseEntries, readApiKeyUse } from './apiKeyUse.ts';
export {
  API_KEY_USE_PREFIX,
  API_KEYS_PREFIX,
  apiKeyKey,
  HASH,
  hashApiKey,
  JWKS_KEY,
  PRINCIPAL_PREFIX,
  REVOKED_PREFIX,
  type Revocation,
  revokedKey,
} from './consulKeys.ts';
export { entriesBelow, followTrust, TRUST_PAUSE_MS, type TrustOptions } from './followTrust.ts';
export type { Principal, PrincipalKind } from './Principal.ts';
export { parseJwks } from './parseJwks.ts';
export { type SigningKey, type SignOptions, signAccess, signInner } from './signToken.ts';
export { type AccessClaims, type InnerClaims, PRINCIPAL_HEADER, tokenRules } from './tokens.ts';
export { verifyAccess } from './verifyAccess.ts';
export { type VerifiedToken, verifyInner } from './verifyInner.ts';
