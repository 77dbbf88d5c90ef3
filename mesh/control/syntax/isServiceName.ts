/** Names whose SPIFFE id needs no escaping: all that Consul's own DNS can carry, and a little more. */
const SERVICE_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;

/** Whether a string can be a service of the mesh. */
export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name);
}
