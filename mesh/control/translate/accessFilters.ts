import { edgeNames, type MethodContract } from '../../contracts/index.ts';
import { type PackedAny, pack } from '../xds/encode.ts';
import { typedStruct } from './protoStruct.ts';

/**
 * What the edge's filters demand of a caller on a method's route, by filter name.
 *
 * The bundled protos have no `filter_context`, and not jwt_authn's: hence structs.
 */
export function accessFilters({
  access,
  roles,
}: Pick<MethodContract, 'access' | 'roles'>): Record<string, PackedAny> {
  switch (access) {
    case 'user':
      return { ...token(edgeNames.userRequirement), ...caller('user') };
    case 'role':
      return { ...token(edgeNames.userRequirement), ...caller('user'), ...oneOf(roles) };
    case 'api_key':
      return caller('api_key');
    default:
      // A token that holds is read all the same: its user has limits of his own.
      return { ...token(edgeNames.anyoneRequirement), ...callerOfCredentials };
  }
}

function token(requirement: string): Record<string, PackedAny> {
  const type = 'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig';
  return {
    'envoy.filters.http.jwt_authn': typedStruct(type, { requirement_name: requirement }),
  };
}

const shown = (header_name: string) => ({
  single_predicate: {
    input: {
      name: header_name,
      typed_config: {
        '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
        header_name,
      },
    },
    // Any value, also one that is no text: what does not match here would go on to the service.
    value_match: { safe_regex: { google_re2: {}, regex: '\\C*' } },
  },
});

/** Passes over the caller's filter where nothing is shown: it would have nothing to do, and costs a script. */
const callerOfCredentials: Record<string, PackedAny> = {
  [edgeNames.callerFilter]: typedStruct(
    'envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute',
    {
      xds_matcher: {
        matcher_list: {
          matchers: [
            {
              predicate: {
                not_matcher: {
                  or_matcher: { predicate: [shown('authorization'), shown('x-api-key')] },
                },
              },
              on_match: {
                action: {
                  name: 'skip',
                  typed_config: {
                    '@type':
                      'type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter',
                  },
                },
              },
            },
          ],
        },
      },
    },
  ),
};

/** What the caller's filter refuses calls without. */
function caller(needs: 'user' | 'api_key'): Record<string, PackedAny> {
  const type = 'envoy.extensions.filters.http.lua.v3.LuaPerRoute';
  return { [edgeNames.callerFilter]: typedStruct(type, { filter_context: { needs } }) };
}

/** Without any role nobody is let in. */
function oneOf(roles: readonly string[]): Record<string, PackedAny> {
  const permissions = roles.map((role) => ({
    metadata: {
      filter: edgeNames.callerFilter,
      path: [{ key: 'roles' }],
      value: { list_match: { one_of: { string_match: { exact: role } } } },
    },
  }));
  const policies =
    permissions.length > 0 ? { roles: { permissions, principals: [{ any: true }] } } : {};
  return {
    'envoy.filters.http.rbac': pack('envoy.extensions.filters.http.rbac.v3.RBACPerRoute', {
      rbac: { rules: { action: 'ALLOW', policies } },
    }),
  };
}
