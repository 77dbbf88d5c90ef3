import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contracts, isOpen } from '@weft/mesh/contracts';
import { sampleTable } from '../../mesh/control/testing/sampleRouting.ts';
import { type EdgeOptions, edgeRoutes } from '../../mesh/control/translate/edgeRoutes.ts';
import { encode } from '../../mesh/control/xds/encode.ts';
import { typeUrl } from '../../mesh/control/xds/ResourceType.ts';
import { ADMIN_CLUSTER } from '../adminInterface.ts';
import { anyOf, type Config } from '../typedConfig.ts';

/** Of the control plane, beside those that the tests share. */
export type RouteOptions = Partial<EdgeOptions>;

/** Whose pages may call. */
export const PAGE_ORIGIN = 'http://page.example';

/** The control plane's routes for an edge of these contracts, as a file that Envoy takes them from. */
function routesFile(contracts: Contracts, options: RouteOptions): Buffer {
  const targetOf = (service: string) => ({
    table: sampleTable(service, contracts.methodsOf(service)),
    fault: undefined,
  });
  const { type, bytes } = edgeRoutes(contracts.methods, targetOf, {
    corsOrigins: [PAGE_ORIGIN],
    ...options,
  });
  const resources = [{ type_url: typeUrl(type), value: bytes }];
  return encode('envoy.service.discovery.v3.DiscoveryResponse', { version_info: '1', resources });
}

/**
 * A bootstrap for an Envoy that runs without a mesh.
 *
 * @param folder Where a file with its routes is written.
 * @param port Of the server that all services are.
 */
export async function withStaticRoutes(
  bootstrap: Config,
  contracts: Contracts,
  folder: string,
  port: number,
  options: RouteOptions = {},
): Promise<Config> {
  const path = join(folder, 'routes.pb');
  await writeFile(path, routesFile(contracts, options));
  const copy = structuredClone(bootstrap) as never as {
    dynamic_resources?: unknown;
    static_resources: {
      clusters: (Config & { readonly name: string })[];
      listeners: { filter_chains: { filters: { typed_config: Record<string, unknown> }[] }[] }[];
    };
  };
  const manager = copy.static_resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config;
  if (!manager) throw new Error('The bootstrap has no listener.');
  manager.rds = {
    ...(manager.rds as Config),
    config_source: { path_config_source: { path }, resource_api_version: 'V3' },
  };
  delete copy.dynamic_resources;
  const [admin] = copy.static_resources.clusters.filter(({ name }) => name === ADMIN_CLUSTER);
  if (!admin) throw new Error('The bootstrap has no way to the admin interface.');
  const services = new Set(
    contracts.methods.filter(isOpen).flatMap((one) => one.meshService ?? []),
  );
  copy.static_resources.clusters = [
    admin,
    ...[...services].map((service) => plaintextCluster(service, port)),
  ];
  return copy as Config;
}

function plaintextCluster(name: string, port: number): Config & { readonly name: string } {
  const http = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return {
    name,
    type: 'STATIC',
    typed_extension_protocol_options: {
      [http]: anyOf(http, { explicit_http_config: { http2_protocol_options: {} } }),
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: {
                address: { socket_address: { address: '127.0.0.1', port_value: port } },
              },
            },
          ],
        },
      ],
    },
  };
}
