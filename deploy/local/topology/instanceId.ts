/**
 * Id in Consul of an instance of a service that runs here, and the name of its folder below `identity`.
 *
 * @param instance Default: the one that always runs.
 */
export function instanceId(service: string, instance = '1'): string {
  return `${service}-${instance}`;
}
