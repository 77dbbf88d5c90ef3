import type { Contracts } from '../contracts/index.ts';
import { planClient } from './plan/planClient.ts';
import { planCluster } from './plan/planCluster.ts';
import { planEdge } from './plan/planEdge.ts';
import { planEndpoints } from './plan/planEndpoints.ts';
import type { ResourcePlan } from './plan/ResourcePlan.ts';
import type { SharedClusters } from './plan/SharedClusters.ts';
import { isServiceName } from './syntax/isServiceName.ts';
import { authorize } from './translate/authorize.ts';
import { EDGE_ROUTES, type EdgeOptions } from './translate/edgeRoutes.ts';
import {
  SERVER_LISTENER_PREFIX,
  serverAddress,
  serverListener,
} from './translate/serverListener.ts';
import type { ResourceType } from './xds/ResourceType.ts';
import type { XdsClient } from './xds/XdsClient.ts';

export interface PlanInputs {
  readonly contracts: Contracts;
  readonly edge: EdgeOptions;
  readonly clusters: SharedClusters;
}

/** The way to make what a client asks for; the same request always has the same plan. */
export function planResource(
  type: ResourceType,
  name: string,
  client: XdsClient,
  inputs: PlanInputs,
): ResourcePlan {
  switch (type) {
    case 'cluster':
      return planCluster(name, client, inputs.clusters) ?? nothing(type, name);
    case 'endpoints':
      return planEndpoints(name, client.zone) ?? nothing(type, name);
    case 'routes':
      return name === EDGE_ROUTES ? planEdge(inputs.contracts, inputs.edge) : nothing(type, name);
    case 'listener':
      return name.startsWith(SERVER_LISTENER_PREFIX)
        ? planServer(name, client.service)
        : planClient(name, inputs.contracts);
  }
}

function nothing(type: ResourceType, name: string): ResourcePlan {
  return { key: `${type} ${name}`, service: undefined, dependsOn: [], make: () => undefined };
}

function planServer(name: string, service: string): ResourcePlan {
  const address = serverAddress(name);
  if (!address || !isServiceName(service)) return nothing('listener', name);
  return {
    key: `listener ${name} ${service}`,
    service,
    dependsOn: ['identity', 'intentions'],
    make({ identity, intentions }) {
      if (!identity || !intentions) return undefined;
      return serverListener(name, address, authorize(service, intentions), identity);
    },
  };
}
