import type { ConsulClient } from '../../mesh/consul/index.ts';

/** Services that changes are made to. Each has as many followers whatever the size of the catalogue. */
export const PROBES = 5;
export const INSTANCES = 10;
const WRITES_AT_ONCE = 32;
const FIRST_PORT = 10_000;

/** Name of a service: the first ones are the probes. */
export function serviceName(index: number): string {
  return index < PROBES ? `probe-${index}` : `service-${index}`;
}

/** Registers services with their instances, all of the mesh and healthy. */
export async function writeCatalogue(consul: ConsulClient, services: number): Promise<void> {
  for (let instance = 0; instance < INSTANCES; instance++) {
    await consul.write('/catalog/register', { Node: nodeName(instance), Address: '127.0.0.1' });
  }
  let next = 0;
  const lane = async () => {
    while (next < services * INSTANCES) {
      const [service, instance] = [Math.floor(next / INSTANCES), next % INSTANCES];
      next++;
      await register(consul, service, instance, FIRST_PORT + instance);
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, lane));
}

/** Moves one instance of a service to another port. */
export async function moveInstance(
  consul: ConsulClient,
  service: number,
  port: number,
): Promise<void> {
  await register(consul, service, 0, port);
}

/** Straight into the catalog: an agent would have to look after ten thousand instances. */
async function register(
  consul: ConsulClient,
  service: number,
  instance: number,
  port: number,
): Promise<void> {
  const name = serviceName(service);
  await consul.write('/catalog/register', {
    Node: nodeName(instance),
    SkipNodeUpdate: true,
    Service: {
      ID: `${name}-${instance}`,
      Service: name,
      Address: '127.0.0.1',
      Port: port,
      Connect: { Native: true },
    },
  });
}

function nodeName(instance: number): string {
  return `bench-${instance}`;
}
