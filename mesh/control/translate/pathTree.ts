import { pack } from '../xds/encode.ts';

/** Routes of paths that begin alike. */
export interface Branch {
  readonly prefix: string;
  /** Tried in order. */
  readonly routes: readonly object[];
}

/**
 * A virtual host's matcher that finds the routes of a path by what it begins with, at the same cost however many there are:
 * Envoy goes through a plain list of routes one by one, twice for each REST call.
 *
 * The longest prefix of the path decides. Its routes are tried first, then those of each shorter one, then `otherwise`.
 *
 * @param finish What all routes of a prefix become. Default: they stay as they are.
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/matching/matching_api#sublinear-route-matching
 */
export function pathTree(
  branches: readonly Branch[],
  otherwise: object,
  finish: (prefix: string, routes: readonly object[]) => readonly object[] = (_, routes) => routes,
): object {
  const prefixes = [...new Set(branches.map(({ prefix }) => prefix))];
  const longestFirst = branches.toSorted((one, other) => other.prefix.length - one.prefix.length);
  const routesBelow = (prefix: string) =>
    longestFirst.flatMap((branch) => (prefix.startsWith(branch.prefix) ? branch.routes : []));
  const onNoMatch = tried([otherwise]);
  if (prefixes.length === 0) return { on_no_match: onNoMatch };
  return {
    matcher_tree: {
      input: { name: 'path', typed_config: path },
      prefix_match_map: {
        map: Object.fromEntries(
          prefixes.map((prefix) => [
            prefix,
            tried(finish(prefix, [...routesBelow(prefix), otherwise])),
          ]),
        ),
      },
    },
    on_no_match: onNoMatch,
  };
}

const path = pack('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name: ':path' });

function tried(routes: readonly object[]): object {
  const typed_config = pack('envoy.config.route.v3.RouteList', { routes });
  return { action: { name: 'routes', typed_config } };
}
