/** Who vouches for users: any issuer of JSON Web Tokens (RFC 7519) that publishes its keys as a JWKS. */
export interface IdentityProvider {
  /** The `iss` claim of its tokens, compared as it is. */
  readonly issuer: string;
  /** A token's `aud` claim must have one of these. Not empty. */
  readonly audiences: readonly string[];
  /** Its JWKS (RFC 7517): an absolute path, or an https URL; http on loopback only. */
  readonly jwks: string;
  /** PEM file of the authorities by which the host of an https URL is known. Default: this machine's. */
  readonly jwksCa?: string;
  /** How often keys at a URL are fetched, as Envoy writes durations. Default: "60s". */
  readonly jwksRefresh?: string;
  /** Where a token says its user's roles, such as "roles" or "realm_access.roles". */
  readonly rolesClaim: string;
}
