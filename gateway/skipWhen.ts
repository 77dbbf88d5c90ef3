import { grpcContentType } from '@weft/mesh/contracts';
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

/** Any value of a header, also one that is no text. */
const ANYTHING = '\\C*';

function hasHeader(name: string, regex: string): Config {
  return headerThat(name, { safe_regex: { google_re2: {}, regex } });
}

/** @param value_match Of xds.type.matcher.v3.StringMatcher. */
function headerThat(name: string, value_match: Config): Config {
  return {
    single_predicate: {
      input: {
        name,
        typed_config: anyOf('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', {
          header_name: name,
        }),
      },
      value_match,
    },
  };
}

function hasContentType(regex: string): Config {
  return hasHeader('content-type', regex);
}

const speaksGrpc = hasContentType(`${grpcContentType.grpc}|${grpcContentType.grpcWeb}`);

/** The filter, passed over by gRPC and gRPC-Web. Must stand before the transcoder. */
export function restOnly(filter: Config): Config {
  return skipWhen(speaksGrpc, filter);
}

/** The filter, passed over also by REST calls of verbs that bring no body to look at. Must stand before the transcoder. */
export function restBodiesOnly(filter: Config): Config {
  const predicate = [speaksGrpc, hasHeader(':method', 'GET|HEAD|OPTIONS')];
  return skipWhen({ or_matcher: { predicate } }, filter);
}

/** The filter, passed over by calls that show no credential. */
export function credentialsOnly(filter: Config): Config {
  const predicate = ['authorization', 'x-api-key'].map((name) => hasHeader(name, ANYTHING));
  return skipWhen({ not_matcher: { or_matcher: { predicate } } }, filter);
}

/** The filter, passed over by all but what may bring a ticket: GETs without a credential in a header. */
export function ticketsOnly(filter: Config): Config {
  const predicate = [
    hasHeader(':method', 'GET'),
    headerThat(':path', { contains: 'ticket=' }),
    { not_matcher: hasHeader('authorization', ANYTHING) },
  ];
  return skipWhen({ not_matcher: { and_matcher: { predicate } } }, filter);
}

/** The filter, passed over by all but gRPC-Web. Must stand before the filter that makes gRPC of it. */
export function grpcWebOnly(filter: Config): Config {
  return skipWhen({ not_matcher: hasContentType(grpcContentType.grpcWeb) }, filter);
}

/**
 * The filter, passed over by all but pages in browsers, which name their origin with whatever they send to another one
 * and with all that writes.
 *
 * @see https://fetch.spec.whatwg.org/#origin-header
 */
export function pagesOnly(filter: Config): Config {
  return skipWhen({ not_matcher: hasHeader('origin', ANYTHING) }, filter);
}
