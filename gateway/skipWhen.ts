import { grpcContentType } from './grpcContentType.ts';
import { anyOf, type Config } from './typedConfig.ts';

/** The filter, passed over by requests of which a predicate of xds.type.matcher.v3 holds. */
function skipWhen(predicate: Config, filter: Config): Config {
  return {
    name: filter.name,
    typed_config: anyOf('envoy.extensions.common.matching.v3.ExtensionWithMatcher', {
      extension_config: filter,
      xds_matcher: { matcher_list: { matchers: [{ predicate, on_match: { action: skip } }] } },
    }),
  };
}

const skip: Config = {
  name: 'skip',
  typed_config: anyOf('envoy.extensions.filters.common.matcher.action.v3.SkipFilter', {}),
};

function hasContentType(regex: string): Config {
  return {
    single_predicate: {
      input: {
        name: 'content-type',
        typed_config: anyOf('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', {
          header_name: 'content-type',
        }),
      },
      value_match: { safe_regex: { google_re2: {}, regex } },
    },
  };
}

/** The filter, passed over by gRPC and gRPC-Web. Must stand before the transcoder. */
export function restOnly(filter: Config): Config {
  return skipWhen(hasContentType(`${grpcContentType.grpc}|${grpcContentType.grpcWeb}`), filter);
}

/** The filter, passed over by all but gRPC-Web. Must stand before the filter that makes gRPC of it. */
export function grpcWebOnly(filter: Config): Config {
  return skipWhen({ not_matcher: hasContentType(grpcContentType.grpcWeb) }, filter);
}
