import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { toLua } from '../lua.ts';
import { type Config, typedConfig } from '../typedConfig.ts';
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
 * it and the service, and takes the credentials off the call. See caller.lua.
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
  return typedConfig(edgeNames.callerFilter, 'envoy.extensions.filters.http.lua.v3.Lua', {
    default_source_code: { inline_string: script },
  });
}
