import { type Contracts, edgeNames } from '@weft/mesh/contracts';
import { callerFilter } from './access/callerFilter.ts';
import { accessTokenFilter, innerTokenFilter } from './access/tokenFilters.ts';
import { bucketOfAddress } from './bucketOfAddress.ts';
import { contractFilters, contractFiltersFrom } from './contractFilters.ts';
import type { EdgeOptions } from './EdgeOptions.ts';
import { grpcWebStatus } from './grpcWebStatus.ts';
import { limits } from './limits.ts';
import { credentialsOnly, grpcWebOnly, pagesOnly, restOnly } from './skipWhen.ts';
import { ticketFilters } from './tickets/ticketFilters.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/**
 * What a request passes, in this order. A REST call meets its routes twice: first those of its own
 * path, then, once transcoded, those of its gRPC path; so what hangs on a method's route (who
 * may call, and how often) stands after the transcoder and holds for all faces of the method alike. Which filters there
 * are at all is the first route's to say: it leaves out what a call does not need.
 */
export function httpFilters(contracts: Contracts, options: EdgeOptions): Config[] {
  const { bodiesOfAddress, wholeBody, restContract, transcoder } = options.contractFilters
    ? contractFiltersFrom(options.contractFilters, contracts)
    : contractFilters(contracts);
  return [
    restOnly(restAnswers),
    compressedJson,
    typedConfig('envoy.filters.http.cors', 'envoy.extensions.filters.http.cors.v3.Cors'),
    pagesOnly(ownPages),
    addressLimits,
    grpcWebOnly(grpcWebStatus),
    typedConfig('envoy.filters.http.grpc_web', 'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb'),
    ...ticketFilters,
    bodiesOfAddress,
    wholeBody,
    restContract,
    ...routingHeader,
    transcoder,
    credentialsOnly(credentialsOfAddress),
    accessTokenFilter(options.trust),
    callerFilter(options.trust),
    innerTokenFilter(options.trust),
    typedConfig(
      'envoy.filters.http.local_ratelimit',
      'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
      // Without a bucket of its own it does nothing; each route brings one.
      { stat_prefix: 'edge' },
    ),
    // After the limit: a call that lacks a role counts too.
    typedConfig('envoy.filters.http.rbac', 'envoy.extensions.filters.http.rbac.v3.RBAC'),
    // Without a fault of the route it does nothing.
    typedConfig('envoy.filters.http.fault', 'envoy.extensions.filters.http.fault.v3.HTTPFault'),
    typedConfig('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router', {
      suppress_envoy_headers: true,
    }),
  ];
}

/** For the paths of which a manifest says it. After CORS, so that a page may read that it was refused, and before all else. */
const addressLimits: Config = {
  ...typedConfig(
    edgeNames.addressLimitFilter,
    'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
    { stat_prefix: 'edge_address' },
  ),
  disabled: true,
};

/** Before credentials are verified, which costs: those that are refused are counted with those that hold. */
const credentialsOfAddress = bucketOfAddress('weft.credentials_of_address', {
  atOnce: limits.credentialsAtOnce,
  perSecond: limits.credentialsPerSecond,
});

/** Set by the route of a call that has one; the script that looks at the other calls sets theirs. */
const routingHeader: readonly Config[] = [
  typedConfig(
    edgeNames.headerFromPath,
    'envoy.extensions.filters.http.header_to_metadata.v3.Config',
  ),
  typedConfig(
    edgeNames.routingHeader,
    'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
  ),
].map((filter) => ({ ...filter, disabled: true }));

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
