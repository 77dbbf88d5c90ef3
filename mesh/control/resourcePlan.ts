import type { Contracts } from '../contracts/index.ts';
import { parseNowhere } from './chain/Target.ts';
import { planClient } from './plan/planClient.ts';
import { planCluster } from './plan/planCluster.ts';
import { planEdge } from './plan/planEdge.ts';
import { planEndpoints } from './plan/planEndpoints.ts';
import { planNowhere } from './plan/planNowhere.ts';
import type { ResourcePlan } from './plan/ResourcePlan.ts';
import type { RouteTables } from './plan/RouteTables.ts';
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
  readonly tables: RouteTables;
}

/** The way to make what a client asks for; the same request always has the same plan. */
export function planResource(
  type: ResourceType,
  name: string,
  client: XdsClient,
  inputs: PlanInputs,
): ResourcePlan {
  const nowhere = parseNowhere(name);
  if (nowhere !== undefined && (type === 'cluster' || type === 'endpoints')) {
    return planNowhere(type, nowhere, inputs.contracts, inputs.tables);
  }
  switch (type) {
    case 'cluster':
      return planCluster(name, client, inputs.clusters, inputs.tables) ?? nothing(type, name);
    case 'endpoints':
      return planEndpoints(name, client.zone, inputs.tables) ?? nothing(type, name);
    case 'routes':
      return name === EDGE_ROUTES
        ? planEdge(inputs.contracts, inputs.edge, inputs.tables)
        : nothing(type, name);
    case 'listener':
      return name.startsWith(SERVER_LISTENER_PREFIX)
        ? planServer(name, client.service)
        : planClient(name, inputs.contracts, inputs.tables);
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
