import type { MethodContract } from '../../contracts/index.ts';
import type { RouterRoute } from '../watch/routing/serviceRouter.ts';
import type { Route } from './RouteTable.ts';

export type CallPolicy = Pick<Route, 'timeoutMs' | 'retries'>;

const NOTHING: CallPolicy = { timeoutMs: undefined, retries: undefined };
/** A restart of one instance is not noticed. */
const CONTRACT_RETRIES = { attempts: 2, on: ['unavailable'] };

/**
 * What holds for the calls of one method on a route: what the router says, else the resolver, else the
 * contract. A stream gets nothing, for in gRPC a route's timeout ends streams too; and only what the
 * contract allows to be repeated is sent again, whatever an entry says. Who decides what else of a retry:
 * docs/services.md.
 */
export function methodPolicy(
  method: MethodContract,
  router: RouterRoute | undefined,
  requestTimeoutMs: number | undefined,
): CallPolicy {
  if (method.requestStream || method.responseStream) return NOTHING;
  return {
    timeoutMs: router?.timeoutMs ?? requestTimeoutMs ?? method.timeoutMs,
    retries: method.idempotency === 'unknown' ? undefined : (router?.retries ?? CONTRACT_RETRIES),
  };
}

/**
 * What holds for paths that no contract describes. Any of them may be a stream, so a timeout holds only
 * on the one path that a router names exactly.
 */
export function unknownPolicy(router: RouterRoute | undefined): CallPolicy {
  if (!router) return NOTHING;
  return {
    timeoutMs: router.path?.kind === 'exact' ? router.timeoutMs : undefined,
    retries: router.retries,
  };
}
