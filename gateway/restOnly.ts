import { anyOf, type Config } from './typedConfig.ts';

/** The filter, passed over by gRPC and gRPC-Web. Must stand before the transcoder. */
export function restOnly(filter: Config): Config {
  return {
    name: filter.name,
    typed_config: anyOf('envoy.extensions.common.matching.v3.ExtensionWithMatcher', {
      extension_config: filter,
      xds_matcher: {
        matcher_tree: {
          input: {
            name: 'content-type',
            typed_config: anyOf('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', {
              header_name: 'content-type',
            }),
          },
          prefix_match_map: {
            map: {
              'application/grpc': {
                action: {
                  name: 'skip',
                  typed_config: anyOf(
                    'envoy.extensions.filters.common.matcher.action.v3.SkipFilter',
                    {},
                  ),
                },
              },
            },
          },
        },
      },
    }),
  };
}
