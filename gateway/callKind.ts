import { grpcContentType } from '@weft/mesh/contracts';
import type { Config } from './typedConfig.ts';

/**
 * Conditions on a request for access logs and local replies. Both look at it as the filters have left it,
 * when gRPC-Web and transcoded REST carry gRPC's content type too. A filter that answers before gRPC-Web has become gRPC
 * sees its own.
 */
const isGrpcType: Config = {
  safe_regex: { regex: `${grpcContentType.grpc}|${grpcContentType.grpcWeb}` },
};

const carriesGrpc: Config = {
  header_filter: {
    header: { name: 'content-type', string_match: isGrpcType },
  },
};

/** The transcoder sets this header, and nobody outside can. */
const transcoded = (wanted: boolean): Config => ({
  header_filter: {
    header: { name: 'x-envoy-original-method', present_match: true, invert_match: !wanted },
  },
});

const notGrpc: Config = {
  header_filter: {
    header: {
      name: 'content-type',
      string_match: isGrpcType,
      invert_match: true,
      treat_missing_header_as_empty: true,
    },
  },
};

/** The client speaks gRPC or gRPC-Web. */
export const isGrpcCall: Config = {
  and_filter: { filters: [carriesGrpc, transcoded(false)] },
};

/** The client speaks anything else. */
export const isNoGrpcCall: Config = {
  or_filter: { filters: [notGrpc, transcoded(true)] },
};
