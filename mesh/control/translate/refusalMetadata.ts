import { protoStruct } from './protoStruct.ts';

/**
 * What Consul says and a resource does not carry, as the resource's metadata. No client acts on it: gRPC and Envoy
 * show it with the resource in their own status (CSDS, Envoy's /config_dump), so it can be seen where it matters.
 *
 * @param refused By the entries' names, such as "service-router/web: route 1 is left out: ...".
 */
export function refusalMetadata(refused: readonly string[]): object {
  return { filter_metadata: { weft: protoStruct({ refused }) } };
}
