import { Contracts, isOpen } from '@weft/mesh/contracts';
import type { ServiceFolder } from '@weft/mesh/manifest';
import type { Permission } from '../setup/allowCalls.ts';

/** The name by which an operator's `weft` calls services. */
const operator = 'cli';

type Caller = Pick<ServiceFolder, 'name' | 'upstreams' | 'http' | 'jobs'>;

/**
 * Who may call whom: a service its declared upstreams; a service's jobs that service; the gateway those with a method
 * or a path that is open to the outside; the operator all.
 */
export function permissions(
  services: readonly Caller[],
  contracts = Contracts.load(),
): Permission[] {
  return services.map(({ name, jobs, http }) => {
    const callers = services.filter(({ upstreams }) => upstreams.includes(name));
    const isReachable = http.length > 0 || contracts.methodsOf(name).some(isOpen);
    return {
      service: name,
      callers: [
        ...callers.map((caller) => caller.name),
        ...Object.keys(jobs),
        ...(isReachable ? ['gateway'] : []),
        operator,
      ],
    };
  });
}
