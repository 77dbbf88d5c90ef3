import { readServices } from '@weft/mesh/manifest';
import { chooseServices } from '../topology/chooseServices.ts';

/**
 * What is started for some names: each service, and for what.
 *
 * @throws when a name is neither a group nor a service.
 */
export async function describeParts(
  names: readonly string[],
  servicesFolder: string,
): Promise<string> {
  const chosen = chooseServices(names, await readServices(servicesFolder));
  const isNamed = ({ name, group }: (typeof chosen)[number]) =>
    names.includes(name) || names.includes(group);
  const services = chosen.map((service) => {
    if (isNamed(service)) return service.name;
    const callers = chosen.filter(({ upstreams }) => upstreams.includes(service.name));
    return `${service.name} (called by ${callers.map(({ name }) => name).join(', ')})`;
  });
  const stored = chosen.filter(({ hasDatabase }) => hasDatabase).map(({ name }) => name);
  const postgres = stored.length > 0 ? [`postgres (for ${stored.join(', ')})`] : [];
  return `Starting ${services.join(', ')}; for them ${[...postgres, 'consul, control, gateway'].join(', ')}`;
}
