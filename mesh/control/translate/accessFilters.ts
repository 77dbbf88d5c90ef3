import { type AccessRule, edgeNames } from '../../contracts/index.ts';
import type { Principal } from '../../principal/index.ts';
import type { PackedAny } from '../xds/encode.ts';
import { type Json, typedStruct } from './protoStruct.ts';

/**
 * What the edge's filters demand of a caller on a method's route, by filter name. The service demands the same once more.
 *
 * The bundled protos have no `filter_context`, no `sourced_metadata`, and not jwt_authn's: hence structs.
 */
export function accessFilters(rule: Omit<AccessRule, 'allowsServices'>): Record<string, PackedAny> {
  switch (rule.access) {
    case 'user':
    case 'role':
      return { ...token(edgeNames.userRequirement), ...caller('user'), ...admit(rule) };
    case 'api_key':
      return { ...caller('api_key'), ...admit(rule) };
    case 'user_or_api_key':
      return { ...token(edgeNames.anyoneRequirement), ...caller('any'), ...admit(rule) };
    default:
      // A token that holds is read all the same: its user has limits of his own.
      return { ...token(edgeNames.anyoneRequirement), ...callerOfCredentials };
  }
}

function token(requirement: string): Record<string, PackedAny> {
  const type = 'envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig';
  return {
    [edgeNames.accessTokenFilter]: typedStruct(type, { requirement_name: requirement }),
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
function caller(needs: 'user' | 'api_key' | 'any'): Record<string, PackedAny> {
  const type = 'envoy.extensions.filters.http.lua.v3.LuaPerRoute';
  return { [edgeNames.callerFilter]: typedStruct(type, { filter_context: { needs } }) };
}

/** Of whom the inner token tells, only whom the rule names. */
function admit({
  access,
  roles,
  scopes,
}: Omit<AccessRule, 'allowsServices'>): Record<string, PackedAny> {
  const policies: Record<string, Json> = {};
  const allow = (kind: Principal['kind'], permissions: readonly Json[]) => {
    // Without any permission a policy would be refused, and with it all routes.
    if (permissions.length === 0) return;
    policies[kind] = {
      permissions: [
        { and_rules: { rules: [claim('kind', kind), { or_rules: { rules: permissions } }] } },
      ],
      principals: [{ any: true }],
    };
  };
  const any = [{ any: true }];
  const oneOf = (name: 'roles' | 'scopes', values: readonly string[]) =>
    values.map((value) => claim(name, value));
  if (access === 'user') allow('user', any);
  if (access === 'role') allow('user', oneOf('roles', roles));
  if (access === 'api_key') allow('api_key', scopes.length > 0 ? oneOf('scopes', scopes) : any);
  if (access === 'user_or_api_key') {
    allow('user', roles.length > 0 ? oneOf('roles', roles) : any);
    allow('api_key', oneOf('scopes', scopes));
  }
  return {
    'envoy.filters.http.rbac': typedStruct('envoy.extensions.filters.http.rbac.v3.RBACPerRoute', {
      rbac: { rules: { action: 'ALLOW', policies } },
    }),
  };
}

/** A claim of the inner token is this value, or a list that has it. */
function claim(name: 'kind' | 'roles' | 'scopes', exact: string): Json {
  const string_match = { exact };
  return {
    sourced_metadata: {
      metadata_matcher: {
        filter: 'envoy.filters.http.jwt_authn',
        path: [{ key: edgeNames.innerClaims }, { key: name }],
        value: name === 'kind' ? { string_match } : { list_match: { one_of: { string_match } } },
      },
      metadata_source: 'DYNAMIC',
    },
  };
}
