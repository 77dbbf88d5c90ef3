import type { Contracts } from '@weft/mesh/contracts';

/**
 * Whether a user may give an API key a scope: one that opens nothing to the key that is closed to the user. Scopes of methods
 * that users cannot call, and those that no contract names (paths of HTTP have theirs in manifests), are for administrators
 * to give.
 */
export function canGiveScope(
  { methods }: Pick<Contracts, 'methods'>,
  scope: string,
  roles: readonly string[],
): boolean {
  if (roles.includes('admin')) return true;
  const opened = methods.filter(
    ({ access, scopes }) =>
      (access === 'api_key' || access === 'user_or_api_key') && scopes.includes(scope),
  );
  return (
    opened.length > 0 &&
    opened.every(
      ({ access, roles: needed }) =>
        access === 'user_or_api_key' &&
        (needed.length === 0 || needed.some((role) => roles.includes(role))),
    )
  );
}
