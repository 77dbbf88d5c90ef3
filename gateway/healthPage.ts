import { readFileSync } from 'node:fs';
import { edgeNames } from '@weft/mesh/contracts';
import { ADMIN_CLUSTER } from './adminInterface.ts';
import { toLua } from './lua.ts';
import { anyOf, type Config } from './typedConfig.ts';

const script = [
  `local ADMIN = ${toLua(ADMIN_CLUSTER)}`,
  `local SERVICE = ${toLua(edgeNames.service)}`,
  readFileSync(new URL('./health.lua', import.meta.url), 'utf8'),
].join('\n');

/** The route of /health on the listener of monitoring: see health.lua. That listener has Envoy's Lua filter. */
export const healthPage: Config = {
  match: { path: edgeNames.healthPath },
  // The script answers.
  direct_response: { status: 500 },
  typed_per_filter_config: {
    'envoy.filters.http.lua': anyOf('envoy.extensions.filters.http.lua.v3.LuaPerRoute', {
      source_code: { inline_string: script },
    }),
  },
};

/** The listener of monitoring as a cluster, by which the public one has /health. */
export function healthCluster(adminPort: number): Config {
  return {
    name: edgeNames.healthCluster,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: edgeNames.healthCluster,
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: {
                address: { socket_address: { address: '127.0.0.1', port_value: adminPort } },
              },
            },
          ],
        },
      ],
    },
  };
}
