import { edgeNames } from '@weft/mesh/contracts';
import { type Config, typedConfig } from '../typedConfig.ts';
import type { IdentityProvider } from './IdentityProvider.ts';
import { JWKS_CLUSTER } from './jwksCluster.ts';

/** Where the filter leaves the claims of a token that holds, below its own name in the metadata. */
export const CLAIMS = 'claims';

const PROVIDER = 'identity';

/**
 * Verifies bearer tokens. Which routes need one, the routes say. Without a provider no token holds, and
 * the filter of callers, which comes after this one, refuses whoever needs one.
 */
export function jwtAuthn(provider: IdentityProvider | undefined): Config {
  const anybody = { allow_missing_or_failed: {} };
  const user = { provider_name: PROVIDER };
  return typedConfig(
    'envoy.filters.http.jwt_authn',
    'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
    {
      ...(provider ? { providers: { [PROVIDER]: settings(provider) } } : {}),
      requirement_map: {
        [edgeNames.userRequirement]: provider ? user : anybody,
        [edgeNames.anyoneRequirement]: provider
          ? { requires_any: { requirements: [user, anybody] } }
          : anybody,
      },
    },
  );
}

function settings(provider: IdentityProvider): Config {
  const { issuer, audiences, jwks } = provider;
  return {
    issuer,
    audiences,
    ...(jwks.startsWith('/')
      ? { local_jwks: { filename: jwks } }
      : { remote_jwks: remote(provider) }),
    // Given explicitly, it is the only place: by default Envoy would take tokens from the URL too.
    from_headers: [{ name: 'authorization', value_prefix: 'Bearer ' }],
    // The filter of callers removes it, whether it holds or not.
    forward: true,
    payload_in_metadata: CLAIMS,
    require_expiration: true,
    clock_skew_seconds: 30,
    // No jwt_cache_config: what it remembers holds until the token ends, also when its key has been taken away.
  };
}

/** The edge starts without waiting for the keys; until they are there, no token holds. */
function remote({ jwks: uri, jwksRefresh = '60s' }: IdentityProvider): Config {
  return {
    http_uri: { uri, cluster: JWKS_CLUSTER, timeout: '5s' },
    cache_duration: jwksRefresh,
    async_fetch: { fast_listener: true, failed_refetch_duration: '1s' },
  };
}
