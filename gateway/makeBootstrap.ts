import { basename, join } from 'node:path';
import { type Contracts, edgeNames } from '@weft/mesh/contracts';
import { adminCluster, adminInterface } from './adminInterface.ts';
import { CONTROL_CLUSTER, controlCluster } from './controlCluster.ts';
import { defaultMemory } from './defaultMemory.ts';
import type { EdgeOptions } from './EdgeOptions.ts';
import { healthCluster } from './healthPage.ts';
import { limits } from './limits.ts';
import { listener } from './listener.ts';
import { monitoringListener } from './monitoringListener.ts';
import { traceClusters } from './traces/traceCluster.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/**
 * Envoy's bootstrap for the edge of these contracts. The listener and its filters stand in it;
 * routes, clusters and endpoints come from the control plane over ADS.
 *
 * @throws when no contract has a method that is open to the outside.
 */
export function makeBootstrap(contracts: Contracts, options: EdgeOptions): Config {
  return {
    node: {
      id: basename(options.identity),
      cluster: edgeNames.service,
      metadata: {
        service: edgeNames.service,
        'weft-role': 'edge',
        'weft-sds': join(options.identity, 'sds.json'),
      },
    },
    admin: adminInterface(options.adminSocket),
    static_resources: {
      listeners: [listener(contracts, options), monitoringListener(options.adminPort)],
      clusters: [
        adminCluster(options.adminSocket),
        healthCluster(options.adminPort),
        controlCluster(options.controlPlanes),
        ...traceClusters(options.traces),
      ],
    },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: CONTROL_CLUSTER } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    memory_allocator_manager: givesMemoryBack,
    overload_manager: overloadManager(options.memoryBytes ?? defaultMemory()),
    layered_runtime: { layers: [{ name: 'weft', static_layer: RUNTIME }] },
  };
}

/**
 * Envoy refuses all routes for one regular expression of more than 100 instructions, such as `[0-9a-f]{64}`. How large one
 * may be says the control plane, which alone sends them (mesh/control/syntax/safeRegex.ts).
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/regex.proto
 */
const RUNTIME: Config = { 're2.max_program_size.error_level': 1_000_000 };

/**
 * Memory that a crowd has left free goes back to the machine, some each second; what has been used in the last five minutes
 * tcmalloc keeps. Without it Envoy keeps all of it for good.
 */
const givesMemoryBack: Config = {
  bytes_to_release: 64 * 1024 * 1024,
  memory_release_interval: '1s',
};

function overloadManager(memoryBytes: number): Config {
  return {
    refresh_interval: '0.25s',
    resource_monitors: [
      typedConfig(
        'envoy.resource_monitors.fixed_heap',
        'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
        { max_heap_size_bytes: memoryBytes },
      ),
      typedConfig(
        'envoy.resource_monitors.global_downstream_max_connections',
        'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        { max_active_downstream_connections: limits.connections },
      ),
    ],
    actions: [
      atHeap('envoy.overload_actions.shrink_heap', 0.95),
      atHeap('envoy.overload_actions.stop_accepting_requests', 0.98),
    ],
  };
}

function atHeap(name: string, share: number): Config {
  return {
    name,
    triggers: [{ name: 'envoy.resource_monitors.fixed_heap', threshold: { value: share } }],
  };
}
