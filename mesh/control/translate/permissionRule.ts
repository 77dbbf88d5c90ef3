import { regexProblem, safeRegex } from '../syntax/safeRegex.ts';
import type { Permission, PermissionHeader } from '../watch/permission.ts';

/**
 * Headers that gRPC's servers do not show to permissions, or not all alike (gRFC A41): a denial by one of
 * them would let everybody in.
 */
const HIDDEN =
  /^(?:grpc-.*|.*-bin|host|te|connection|content-type|:(?!path$|authority$|method$).*)$/;

const HEADER_NAME = /^:?[a-z0-9_.-]+$/;

/** Whether any call of gRPC can match: all of them are POST. */
export function canMatch({ methods }: Permission): boolean {
  return methods.length === 0 || methods.includes('POST');
}

/** Why a permission cannot be enforced by gRPC; undefined: it can. */
export function permissionProblem(permission: Permission): string | undefined {
  const { path, headers, requiresJwt } = permission;
  if (requiresJwt) return 'JWT is not enforced by the mesh';
  const pathProblem = path?.kind === 'regex' && regexProblem(path.value);
  if (pathProblem) return pathProblem;
  for (const { name, match } of headers) {
    if (!match) return `header ${name}: no condition`;
    if (!HEADER_NAME.test(name) || HIDDEN.test(name)) {
      return `header ${name}: no header that gRPC's servers can check`;
    }
    const problem = match.kind === 'regex' && regexProblem(match.value);
    if (problem) return `header ${name}: ${problem}`;
  }
  return undefined;
}

/**
 * An envoy.config.rbac.v3.Permission that holds when all conditions do. Methods are not among them; see
 * `canMatch`.
 */
export function permissionRule({ path, headers }: Permission): object {
  const conditions = [
    ...(path ? [{ url_path: { path: stringMatcher(path, false) } }] : []),
    ...headers.map(headerRule),
  ];
  return conditions.length > 0 ? allOf(conditions) : { any: true };
}

export function allOf(rules: readonly object[]): object {
  return rules.length === 1 ? (rules[0] as object) : { and_rules: { rules } };
}

/**
 * In Envoy, and so in Consul's intentions, an inverted condition needs the header to be there; in gRPC's
 * libraries some say so, some not. Spelled out, all of them agree.
 */
function headerRule({ name, match, invert, ignoreCase }: PermissionHeader): object {
  const present = { header: { name, present_match: true } };
  if (!match || match.kind === 'present') return invert ? { not_rule: present } : present;
  const matches = { header: { name, string_match: stringMatcher(match, ignoreCase) } };
  return invert ? allOf([present, { not_rule: matches }]) : matches;
}

function stringMatcher(
  { kind, value }: { readonly kind: string; readonly value: string },
  ignoreCase: boolean,
): object {
  return kind === 'regex'
    ? { safe_regex: safeRegex(value) }
    : { [kind]: value, ...(ignoreCase && { ignore_case: true }) };
}
