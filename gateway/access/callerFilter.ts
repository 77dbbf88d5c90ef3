import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { PRINCIPAL_HEADER } from '@weft/mesh/principal';
import { toLua } from '../lua.ts';
import { anyOf, type Config, typedConfig } from '../typedConfig.ts';
import { ACCESS_CLAIMS } from './tokenFilters.ts';
import { trustFiles, usedApiKeysFile } from './trustFiles.ts';

const sources = ['sha256.lua', 'caller.lua'].map((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8'),
);

/**
 * Finds out who calls, by the access token that has been verified or by an API key, and takes the credentials off the call.
 * See caller.lua. It runs for every call that the route does not say may pass it over.
 *
 * @param trust Folder of trustFiles(); undefined: no API key is known.
 */
export function callerFilter(trust: string | undefined): Config {
  const constants = {
    CLAIMS: ACCESS_CLAIMS,
    CREDENTIALS: trust ? trustFiles(trust).credentials : '',
    PRINCIPAL_HEADER,
    USED_KEYS: trust ? usedApiKeysFile(trust) : '',
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
