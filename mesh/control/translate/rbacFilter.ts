import type { MeshIdentity } from '../watch/MeshIdentity.ts';
import { pack } from '../xds/encode.ts';
import type { Authorization } from './authorize.ts';
import { spiffeId, spiffePrefix } from './spiffe.ts';

/**
 * The filter that lets in whom the intentions name: one complete ALLOW list. Without policies it denies
 * everybody. Never marked optional: a client that cannot enforce it must refuse the listener.
 */
export function rbacFilter(authorization: Authorization, identity: MeshIdentity): object {
  const principals = principalsOf(authorization, identity);
  const policies =
    principals.length > 0 ? { allow: { permissions: [{ any: true }], principals } } : {};
  return {
    name: 'envoy.filters.http.rbac',
    typed_config: pack('envoy.extensions.filters.http.rbac.v3.RBAC', {
      rules: { action: 'ALLOW', policies },
    }),
  };
}

function principalsOf({ allowed, othersExcept }: Authorization, identity: MeshIdentity): object[] {
  const exactly = (service: string) => authenticated({ exact: spiffeId(identity, service) });
  if (!othersExcept) return allowed.map(exactly);
  const anyService = authenticated({ prefix: spiffePrefix(identity) });
  if (othersExcept.length === 0) return [anyService];
  const denied = { not_id: { or_ids: { ids: othersExcept.map(exactly) } } };
  return [{ and_ids: { ids: [anyService, denied] } }];
}

function authenticated(matcher: { exact: string } | { prefix: string }): object {
  return { authenticated: { principal_name: matcher } };
}
