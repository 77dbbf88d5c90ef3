import type { Contracts } from '../contracts/index.ts';
import { authorize } from './translate/authorize.ts';
import { clientListener } from './translate/clientListener.ts';
import { cluster } from './translate/cluster.ts';
import { EDGE_ROUTES, type EdgeOptions, edgeRoutes } from './translate/edgeRoutes.ts';
import { endpoints } from './translate/endpoints.ts';
import {
  SERVER_LISTENER_PREFIX,
  serverAddress,
  serverListener,
} from './translate/serverListener.ts';
import { isServiceName } from './translate/spiffe.ts';
import type { TlsSource } from './translate/upstreamTls.ts';
import type { MeshChange, MeshState } from './watch/MeshState.ts';
import type { Resource } from './xds/Resource.ts';
import type { ResourceType } from './xds/ResourceType.ts';
import type { XdsClient } from './xds/XdsClient.ts';

/** How one resource is made, and of what. */
export interface ResourcePlan {
  /** Plans of one key make the same resource. */
  readonly key: string;
  /** The service it is about; undefined: none in particular. */
  readonly service: string | undefined;
  /** Answers of Consul that it is made of. */
  readonly madeOf: readonly MeshChange['what'][];
  /** Undefined: it does not exist, or what it is made of is not known yet. */
  make(state: MeshState): Resource | undefined;
}

export interface PlanInputs {
  readonly contracts: Contracts;
  readonly edge: EdgeOptions;
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
      return isServiceName(name) ? planCluster(name, tlsSource(client)) : nothing(type, name);
    case 'endpoints':
      return isServiceName(name) ? planEndpoints(name) : nothing(type, name);
    case 'routes':
      return name === EDGE_ROUTES ? planEdge(inputs) : nothing(type, name);
    case 'listener':
      return name.startsWith(SERVER_LISTENER_PREFIX)
        ? planServer(name, client.service)
        : planClient(name, inputs.contracts);
  }
}

function nothing(type: ResourceType, name: string): ResourcePlan {
  return { key: `${type} ${name}`, service: undefined, madeOf: [], make: () => undefined };
}

function planCluster(service: string, tls: TlsSource): ResourcePlan {
  return {
    key: `cluster ${service} ${tls.kind === 'sds' ? tls.file : ''}`,
    service,
    madeOf: ['identity'],
    make: ({ identity }) => identity && cluster(service, identity, tls),
  };
}

function planEndpoints(service: string): ResourcePlan {
  return {
    key: `endpoints ${service}`,
    service,
    madeOf: ['identity', 'instances'],
    make(state) {
      const known = state.instances(service);
      return known && state.identity
        ? endpoints(service, known.instances, state.identity.datacenter)
        : undefined;
    },
  };
}

function planEdge({ contracts, edge }: PlanInputs): ResourcePlan {
  return {
    key: `routes ${EDGE_ROUTES}`,
    service: undefined,
    madeOf: [],
    make: () => edgeRoutes(contracts.methods, edge),
  };
}

function planServer(name: string, service: string): ResourcePlan {
  const address = serverAddress(name);
  if (!address || !isServiceName(service)) return nothing('listener', name);
  return {
    key: `listener ${name} ${service}`,
    service,
    madeOf: ['identity', 'intentions'],
    make({ identity, intentions }) {
      if (!identity || !intentions) return undefined;
      return serverListener(name, address, authorize(service, intentions), identity);
    },
  };
}

/** A service is known when it has a contract, a service-defaults entry or an instance. */
function planClient(service: string, contracts: Contracts): ResourcePlan {
  const key = `listener ${service}`;
  if (!isServiceName(service)) {
    return { key, service: undefined, madeOf: [], make: () => clientListener(service, undefined) };
  }
  const methods = contracts.methodsOf(service);
  return {
    key,
    service,
    madeOf: ['defaults', 'instances', 'faults'],
    make(state) {
      const fault = state.faults?.get(service)?.value;
      if (methods.length > 0 || state.defaults?.has(service)) {
        return clientListener(service, methods, fault);
      }
      const known = state.instances(service);
      const served = known && known.instances.length > 0 ? methods : undefined;
      return known && clientListener(service, served, fault);
    },
  };
}

function tlsSource(client: XdsClient): TlsSource {
  return client.isEnvoy && client.sdsFile
    ? { kind: 'sds', file: client.sdsFile }
    : { kind: 'provider' };
}
