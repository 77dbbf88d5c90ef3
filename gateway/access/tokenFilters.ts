import { edgeNames } from '@weft/mesh/contracts';
import { PRINCIPAL_HEADER, tokenRules } from '@weft/mesh/principal';
import type { JWK } from 'jose';
import { fromFile } from '../filterFile.ts';
import { anyOf, type Config } from '../typedConfig.ts';
import { trustFiles } from './trustFiles.ts';

/** Where the filters leave the claims of tokens that hold, below jwt_authn's own name in the metadata. */
export const ACCESS_CLAIMS = 'access';

/** Grants clients' clocks this much, in seconds. */
const CLOCK_SKEW_SECONDS = 30;

const TYPE = 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication';

/** Tokens that have been verified. */
const REMEMBERED = 1_000;

/**
 * Verifies access tokens, and puts the inner token of one that holds in the place of what a client has sent of it. Which
 * routes need a token, the routes say. The filter of callers, which comes after this one, takes the credential off.
 *
 * @param trust Folder of trustFiles(); undefined: no token holds.
 */
export function accessTokenFilter(trust: string | undefined): Config {
  const name = edgeNames.accessTokenFilter;
  if (trust) return fromFile(name, trustFiles(trust).accessTokens, TYPE);
  return { name, typed_config: accessTokenConfig([]) };
}

/**
 * Verifies inner tokens, whether they come out of an access token or stand for an API key, so that the filters after it
 * know who acts. A call without one passes.
 *
 * @param trust As above.
 */
export function innerTokenFilter(trust: string | undefined): Config {
  const name = edgeNames.innerTokenFilter;
  if (trust) return fromFile(name, trustFiles(trust).innerTokens, TYPE);
  return { name, typed_config: innerTokenConfig([]) };
}

/** @param keys Those that sign. With none, no token holds: the filter of callers refuses whoever needs one. */
export function accessTokenConfig(keys: readonly JWK[]): Config {
  const anybody = { allow_missing_or_failed: {} };
  const { userRequirement: user, anyoneRequirement: anyone } = edgeNames;
  // Envoy takes no provider without a key.
  if (keys.length === 0)
    return anyOf(TYPE, { requirement_map: { [user]: anybody, [anyone]: anybody } });
  const provider = { provider_name: edgeNames.accessTokenFilter };
  return anyOf(TYPE, {
    providers: {
      [provider.provider_name]: {
        ...verification(tokenRules.accessAudience, keys),
        // Given explicitly, it is the only place: by default Envoy would take tokens from the URL too. Whatever the scheme
        // is: Envoy compares its case, and RFC 9110 (section 11.1) does not. The filter of callers looks at it.
        from_headers: [{ name: 'authorization', value_prefix: ' ' }],
        payload_in_metadata: ACCESS_CLAIMS,
        claim_to_headers: [{ header_name: PRINCIPAL_HEADER, claim_name: tokenRules.innerClaim }],
        clock_skew_seconds: CLOCK_SKEW_SECONDS,
      },
    },
    requirement_map: {
      [user]: provider,
      [anyone]: { requires_any: { requirements: [provider, anybody] } },
    },
  });
}

/** @param keys As above. With none, nobody is known by a token. */
export function innerTokenConfig(keys: readonly JWK[]): Config {
  if (keys.length === 0) return anyOf(TYPE, {});
  const provider = { provider_name: edgeNames.innerTokenFilter };
  return anyOf(TYPE, {
    providers: {
      [provider.provider_name]: {
        ...verification(tokenRules.innerAudience, keys),
        from_headers: [{ name: PRINCIPAL_HEADER }],
        payload_in_metadata: edgeNames.innerClaims,
        clock_skew_seconds: tokenRules.graceSeconds,
      },
    },
    rules: [
      {
        match: { prefix: '/' },
        requires: { requires_any: { requirements: [provider, { allow_missing: {} }] } },
      },
    ],
  });
}

function verification(audience: string, keys: readonly JWK[]): Config {
  return {
    issuer: tokenRules.issuer,
    audiences: [audience],
    local_jwks: { inline_string: JSON.stringify({ keys }) },
    forward: true,
    require_expiration: true,
    // Most of what a call with a token would cost. All is forgotten with the configuration, and so with the keys in it.
    jwt_cache_config: { jwt_cache_size: REMEMBERED },
  };
}
