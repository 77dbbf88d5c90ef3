import { Contracts, edgeNames, isFront, isOpen, type MethodContract } from '@weft/mesh/contracts';
import { ManifestError, type ServiceFolder } from '@weft/mesh/manifest';
import type { CallerPermission, Permission } from '../setup/allowCalls.ts';

/** The name by which an operator's `weft` calls services. */
const operator = 'cli';

type Caller = Pick<ServiceFolder, 'name' | 'upstreams' | 'http' | 'jobs'> &
  Partial<Pick<ServiceFolder, 'calledByAll'>>;

/**
 * Who may call whom: a service its declared upstreams, and of the others what is there for all; a service's jobs the methods of
 * that service that they declare; whoever stands before callers from outside the methods that are open to these; the gateway also
 * their paths, and the method by which it redeems tickets; the operator all.
 *
 * @throws ManifestError when a job declares a method that its service does not have.
 */
export function permissions(
  services: readonly Caller[],
  contracts = Contracts.load(),
): Permission[] {
  return services.map(({ name, jobs, http, calledByAll = [] }) => {
    const methods = contracts.methodsOf(name);
    const callers = services.filter(({ upstreams }) => upstreams.includes(name));
    const others = services.filter((each) => each.name !== name && !callers.includes(each));
    const common = calledByAll.map((method) => `/${method}`);
    const open = methods.filter(isOpen).map(({ path }) => path);
    const pathsOf = (caller: string) => (isFront(caller) ? [...common, ...open] : common);
    const own = Object.entries(jobs).map(([job, { calls }]): CallerPermission => {
      const paths = calls.map((call) => `/${call}`);
      const unknown = paths.find((path) => !methods.some((method) => method.path === path));
      if (unknown)
        throw new ManifestError(`${name}: jobs.${job}.calls: it has no method ${unknown}`);
      return { caller: job, paths };
    });
    const gateway = {
      caller: 'gateway',
      paths: [
        ...methods.filter(isForEdge).map(({ path }) => path),
        ...http.flatMap(({ path }) => [path, `${path}/`]),
      ],
    };
    return {
      service: name,
      callers: [
        ...callers.map((caller) => ({ caller: caller.name })),
        ...[
          ...others.map((caller) => ({ caller: caller.name, paths: pathsOf(caller.name) })),
          ...own,
          gateway,
        ].filter(({ paths }) => paths?.length !== 0),
        { caller: operator },
      ],
    };
  });
}

function isForEdge(method: MethodContract): boolean {
  return isOpen(method) || method.path === edgeNames.redeemTicket.path;
}
