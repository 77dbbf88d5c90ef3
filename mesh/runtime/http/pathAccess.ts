import type { HttpPath } from '@weft/mesh/manifest';
import type { AccessRule } from '../../contracts/index.ts';

/** Paths that the manifest does not open: the edge leads nowhere near them, and of services the intentions decide. */
const INTERNAL: AccessRule = { access: 'internal', roles: [], scopes: [], allowsServices: false };

/**
 * Who may call a path of a service's HTTP.
 *
 * @param paths Of its manifest: the most specific that a path lies below decides.
 */
export function pathAccess(paths: readonly HttpPath[]): (path: string) => AccessRule {
  const rules = paths
    .toSorted((one, other) => other.path.length - one.path.length)
    .map(({ path, access, roles = [], scopes = [], allowServices = false }) => ({
      path,
      rule: { access, roles, scopes, allowsServices: allowServices },
    }));
  return (asked) => rules.find(({ path }) => isBelow(path, asked))?.rule ?? INTERNAL;
}

/** Whether a path is that of a route or lies below it. */
export function isBelow(route: string, path: string): boolean {
  return route === '/' || path === route || path.startsWith(`${route}/`);
}
