import { isServiceName } from '../translate/spiffe.ts';

/** Instances that calls may be sent to: a service's, or those of one of its subsets. */
export interface Target {
  readonly service: string;
  /** Undefined: all instances of the service. */
  readonly subset: string | undefined;
}

const FAILOVER = 'failover:';

/** Such as "analytics" or "analytics/v1"; no service has a name with a slash. */
export function targetName({ service, subset }: Target): string {
  return subset === undefined ? service : `${service}/${subset}`;
}

/** Name of the cluster that tries a target and then its failover targets, in turn. */
export function failoverName(target: Target): string {
  return `${FAILOVER}${targetName(target)}`;
}

/** Reads `targetName` and `failoverName` back. Undefined: it is neither. */
export function parseTargetName(
  name: string,
): { readonly target: Target; readonly isFailover: boolean } | undefined {
  const isFailover = name.startsWith(FAILOVER);
  const [service = '', subset, ...more] = name.slice(isFailover ? FAILOVER.length : 0).split('/');
  if (!isServiceName(service) || subset === '' || more.length > 0) return undefined;
  return { target: { service, subset }, isFailover };
}
