import type { Route } from '../chain/RouteTable.ts';
import { safeRegex } from '../syntax/safeRegex.ts';
import type { HeaderMatch } from '../watch/routing/serviceRouter.ts';

/** An envoy.config.route.v3.RouteMatch, as gRPC and Envoy both read it. */
export function routeMatch({ path, headers }: Route['match']): {
  readonly headers?: readonly object[];
} {
  return {
    ...pathMatch(path),
    ...(path?.ignoresCase ? { case_sensitive: { value: false } } : {}),
    ...(headers.length > 0 ? { headers: headers.map(headerMatcher) } : {}),
  };
}

function pathMatch(path: Route['match']['path']): object {
  switch (path?.kind) {
    case undefined:
      return { prefix: '' };
    case 'exact':
      return { path: path.value };
    case 'prefix':
      return { prefix: path.value };
    case 'regex':
      return { safe_regex: safeRegex(path.value) };
  }
}

function headerMatcher({ name, kind, value, isInverted }: HeaderMatch): object {
  const inverted = isInverted ? { invert_match: true } : {};
  switch (kind) {
    case 'present':
      return { name, present_match: true, ...inverted };
    case 'regex':
      return { name, string_match: { safe_regex: safeRegex(value) }, ...inverted };
    default:
      return { name, string_match: { [kind]: value }, ...inverted };
  }
}
