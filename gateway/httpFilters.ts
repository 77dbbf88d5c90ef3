import type { Contracts } from '@weft/mesh/contracts';
import { callerFilter } from './access/callerFilter.ts';
import { jwtAuthn } from './access/jwtAuthn.ts';
import { bodyLimits } from './bodyLimits.ts';
import type { EdgeOptions } from './EdgeOptions.ts';
import { grpcWebStatus } from './grpcWebStatus.ts';
import { limits } from './limits.ts';
import { restContract } from './restContract.ts';
import { grpcWebOnly, pagesOnly, restOnly } from './skipWhen.ts';
import { transcoder } from './transcoder.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/**
 * What a request passes, in this order. A REST call meets its routes twice: first those of its own
 * path, then, once transcoded, those of its gRPC path; so what hangs on a method's route (who
 * may call, and how often) stands after the transcoder and holds for all faces of the method alike.
 */
export function httpFilters(contracts: Contracts, options: EdgeOptions): Config[] {
  return [
    restOnly(restAnswers),
    compressedJson,
    typedConfig('envoy.filters.http.cors', 'envoy.extensions.filters.http.cors.v3.Cors'),
    pagesOnly(ownPages),
    grpcWebOnly(grpcWebStatus),
    typedConfig('envoy.filters.http.grpc_web', 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb'),
    ...bodyLimits(contracts),
    restOnly(restContract(contracts)),
    transcoder(contracts),
    jwtAuthn(options.identityProvider),
    callerFilter(options),
    typedConfig('envoy.filters.http.rbac', 'envoy.extensions.filters.http.rbac.v3.RBAC'),
    typedConfig(
      'envoy.filters.http.local_ratelimit',
      'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
      // Without a bucket of its own it does nothing; each route brings one.
      { stat_prefix: 'edge' },
    ),
    // Without a fault of the route it does nothing.
    typedConfig('envoy.filters.http.fault', 'envoy.extensions.filters.http.fault.v3.HTTPFault'),
    typedConfig('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
      suppress_envoy_headers: true,
    }),
  ];
}

/**
 * Refuses writes of pages of other origins; which may write, the control plane says beside CORS. Without it any page in a
 * browser on this machine could write to an edge that is on loopback.
 */
const ownPages: Config = typedConfig(
  'envoy.filters.http.csrf',
  'envoy.extensions.filters.http.csrf.v3.CsrfPolicy',
  { filter_enabled: { default_value: { numerator: 100, denominator: 'HUNDRED' } } },
);

/** For clients that ask for it. Server-sent events and gRPC-Web are of other types, and pass as they come. */
const compressedJson: Config = typedConfig(
  'envoy.filters.http.compressor',
  'envoy.extensions.filters.http.compressor.v3.Compressor',
  {
    response_direction_config: {
      common_config: {
        content_type: ['application/json'],
        min_content_length: limits.uncompressedBytes,
      },
    },
    compressor_library: typedConfig('gzip', 'envoy.extensions.compression.gzip.compressor.v3.Gzip'),
  },
);

/** Takes away what the gRPC behind a REST answer left on it. */
const restAnswers: Config = typedConfig(
  'envoy.filters.http.header_mutation',
  'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
  {
    mutations: {
      response_mutations: [
        ...['grpc-status', 'grpc-message', 'grpc-encoding', 'grpc-accept-encoding'].map(
          (header) => ({ remove: header }),
        ),
        { append: { header: { key: 'x-content-type-options', value: 'nosniff' } } },
      ],
    },
  },
);
