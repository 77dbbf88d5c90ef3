import { nowhereName } from '../chain/Target.ts';
import { makeResource, type Resource } from '../xds/Resource.ts';
import { duration } from './duration.ts';

/** Characters of a reason that are sent: it stands in the message of each call that fails. */
const MAX_REASON = 500;

/** gRPC's clients look at drops only where there is an endpoint. Nobody listens at this one (tcpmux). */
const NOBODY = { address: '127.0.0.1', port_value: 1 };

/** A cluster for the calls to a service that can go nowhere. */
export function nowhereCluster(service: string): Resource {
  const name = nowhereName(service);
  return makeResource('cluster', name, {
    name,
    type: 'EDS',
    eds_cluster_config: {
      eds_config: { ads: {}, resource_api_version: 'V3' },
      service_name: name,
    },
    connect_timeout: duration(5_000),
    lb_policy: 'ROUND_ROBIN',
  });
}

/**
 * Its endpoints drop all calls, and so fail them at once with UNAVAILABLE; gRPC's Node and C libraries tell the category
 * of a drop in the call's message, which makes it the place for the reason.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/endpoint.proto
 *
 * Without a route they would fail as fast and say nothing. Without a virtual host grpc-js hangs, and crashes where it
 * had one before.
 */
export function nowhereEndpoints(service: string, reason: string): Resource {
  const name = nowhereName(service);
  const endpoint = { address: { socket_address: NOBODY } };
  return makeResource('endpoints', name, {
    cluster_name: name,
    endpoints: [
      {
        locality: { region: 'nowhere' },
        load_balancing_weight: { value: 1 },
        lb_endpoints: [{ endpoint, load_balancing_weight: { value: 1 } }],
      },
    ],
    policy: {
      drop_overloads: [
        {
          category: reason.slice(0, MAX_REASON),
          drop_percentage: { numerator: 100, denominator: 'HUNDRED' },
        },
      ],
    },
  });
}
