/** Id in Consul of the one instance of a service that runs here, and the name of its folder below `identity`. */
export function instanceId(service: string): string {
  return `${service}-1`;
}
