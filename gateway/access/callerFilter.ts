import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { toLua } from '../lua.ts';
import { anyOf, type Config, typedConfig } from '../typedConfig.ts';
import type { IdentityProvider } from './IdentityProvider.ts';
import { CLAIMS } from './jwtAuthn.ts';

export interface CallerOptions {
  readonly identityProvider?: IdentityProvider;
  /** Absolute path of the file of API keys; see apiKeys.ts. */
  readonly apiKeys?: string;
}

const sources = ['sha256.lua', 'caller.lua'].map((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8'),
);

/**
 * Finds out who calls, by the token that jwt_authn has verified or by an API key; tells the filters after
 * it and the service, and takes the credentials off the call. See caller.lua. It runs for every call that the
 * route does not say may pass it over.
 */
export function callerFilter({ identityProvider, apiKeys }: CallerOptions): Config {
  const constants = {
    CLAIMS,
    ROLES_CLAIM: (identityProvider?.rolesClaim ?? 'roles').split('.'),
    KEYS_FILE: apiKeys ?? '',
    NAMESPACE: edgeNames.callerFilter,
    CALLER_HEADER: edgeNames.callerHeader,
    ROLES_HEADER: edgeNames.rolesHeader,
  };
  const script = [
    ...Object.entries(constants).map(([name, value]) => `local ${name} = ${toLua(value)}`),
    ...sources,
  ].join('\n');
  const filter = typedConfig(edgeNames.callerFilter, 'envoy.extensions.filters.http.lua.v3.Lua', {
    default_source_code: { inline_string: script },
  });
  const type = 'envoy.extensions.common.matching.v3.ExtensionWithMatcher';
  return {
    name: filter.name,
    typed_config: anyOf(type, { extension_config: filter, xds_matcher: {} }),
  };
}
