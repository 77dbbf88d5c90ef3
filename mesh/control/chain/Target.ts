import { isServiceName } from '../syntax/isServiceName.ts';

/** Instances that calls may be sent to: a service's, or those of one of its subsets. */
export interface Target {
  readonly service: string;
  /** Undefined: all instances of the service. */
  readonly subset: string | undefined;
}

const FAILOVER = 'failover:';
const NOWHERE = 'nowhere:';

/** Such as "analytics" or "analytics/v1"; no service has a name with a slash. */
export function targetName({ service, subset }: Target): string {
  return subset === undefined ? service : `${service}/${subset}`;
}

/**
 * Name of the cluster that tries several targets in turn: "failover:analytics/v1,analytics". It tells them
 * all, for grpc-js-xds takes no notice of a target that is added to a cluster it has.
 */
export function failoverName(targets: readonly Target[]): string {
  return `${FAILOVER}${targets.map(targetName).join(',')}`;
}

/** Name of the cluster of calls that can go nowhere: "nowhere:analytics". */
export function nowhereName(service: string): string {
  return `${NOWHERE}${service}`;
}

/** Reads `nowhereName` back. Undefined: it is none. */
export function parseNowhere(name: string): string | undefined {
  return name.startsWith(NOWHERE) ? name.slice(NOWHERE.length) : undefined;
}

/** Reads `targetName` and `failoverName` back. Undefined: it is neither. */
export function parseTargets(name: string): readonly [Target, ...Target[]] | undefined {
  const isFailover = name.startsWith(FAILOVER);
  const names = isFailover ? name.slice(FAILOVER.length).split(',') : [name];
  const [first, ...others] = names.map(parseTarget);
  if (!first || others.includes(undefined) || isFailover === (others.length === 0))
    return undefined;
  return [first, ...(others as Target[])];
}

function parseTarget(name: string): Target | undefined {
  const [service = '', subset, ...more] = name.split('/');
  return isServiceName(service) && subset !== '' && more.length === 0
    ? { service, subset }
    : undefined;
}
