import type { Contracts } from '@weft/mesh/contracts';
import { isGrpcCall, isNoGrpcCall } from './callKind.ts';
import { secretPaths } from './secretPaths.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/**
 * What a line says. Paths are the client's, as they were before transcoding, and without their query:
 * that may hold what should not be kept.
 */
const fields: Config = {
  time: '%START_TIME%',
  msg: 'request',
  method: '%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%',
  path: '%PATH(NQ:ORIG_OR_PATH)%',
  protocol: '%PROTOCOL%',
  status: '%RESPONSE_CODE%',
  statusDetails: '%RESPONSE_CODE_DETAILS%',
  flags: '%RESPONSE_FLAGS%',
  durationMs: '%DURATION%',
  bytesReceived: '%BYTES_RECEIVED%',
  bytesSent: '%BYTES_SENT%',
  client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  userAgent: '%REQ(USER-AGENT)%',
  requestId: '%REQ(X-REQUEST-ID)%',
  traceparent: '%REQ(TRACEPARENT)%',
  service: '%UPSTREAM_CLUSTER%',
  instance: '%UPSTREAM_HOST%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
};

/** One JSON object a request on stdout. A path of REST that has a secret in it is told as the contract writes it. */
export function accessLog(contracts: Contracts): Config[] {
  const secrets = secretPaths(contracts);
  const rest = { ...fields, grpcPath: '%PATH(NQ:PATH)%' };
  return [
    { filter: isGrpcCall, ...toStdout({ ...fields, grpcStatus: '%GRPC_STATUS_NUMBER%' }) },
    // Of REST Envoy would guess the gRPC status from the HTTP status.
    {
      filter: allOf([isNoGrpcCall, ...secrets.map(({ prefix }) => isBelow(prefix, false))]),
      ...toStdout(rest),
    },
    ...secrets.map(({ template, prefix }) => ({
      filter: allOf([isNoGrpcCall, isBelow(prefix, true)]),
      // Where the call has not become gRPC, its path is the caller's there too.
      ...toStdout({ ...fields, path: template }),
    })),
  ];
}

/** The header that has the path as it was before transcoding, and the path where there was none. */
const CALLERS_PATH = ['x-envoy-original-path', ':path'];

/** Whether the path that the caller asked for begins so. */
function isBelow(prefix: string, wanted: boolean): Config {
  const filters = CALLERS_PATH.map((name) => ({
    header_filter: {
      header: {
        ...{ name, string_match: { prefix } },
        ...{ invert_match: !wanted, treat_missing_header_as_empty: true },
      },
    },
  }));
  return wanted ? { or_filter: { filters } } : { and_filter: { filters } };
}

function allOf([first, ...others]: readonly [Config, ...Config[]]): Config {
  return others.length === 0 ? first : { and_filter: { filters: [first, ...others] } };
}

function toStdout(json: Config): Config {
  return typedConfig(
    'envoy.access_loggers.stdout',
    'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    { log_format: { json_format: json } },
  );
}
