import { Contracts, isOpen } from '@weft/mesh/contracts';
import type { Permission } from '../setup/allowCalls.ts';
import type { ServiceFolder } from './ServiceFolder.ts';

/** The name by which an operator's `weft` calls services. */
const operator = 'cli';

/** Commands with a name of their own, and the services that they call. */
const jobs: Readonly<Record<string, readonly string[]>> = { replay: ['trading'] };

/** Names of those commands. */
export const jobNames: readonly string[] = Object.keys(jobs);

/**
 * Who may call whom: a service its declared upstreams; the gateway those with a method that is open to the
 * outside; the operator all; a job what it is for.
 */
export function permissions(
  services: readonly ServiceFolder[],
  contracts = Contracts.load(),
): Permission[] {
  return services.map(({ name }) => {
    const callers = services.filter(({ upstreams }) => upstreams.includes(name));
    const callingJobs = jobNames.filter((job) => jobs[job]?.includes(name));
    const isReachable = contracts.methodsOf(name).some(isOpen);
    return {
      service: name,
      callers: [
        ...callers.map((caller) => caller.name),
        ...callingJobs,
        ...(isReachable ? ['gateway'] : []),
        operator,
      ],
    };
  });
}
