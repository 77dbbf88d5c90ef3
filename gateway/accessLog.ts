import { isGrpcCall, isNoGrpcCall } from './callKind.ts';
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

/** One JSON object a request on stdout. */
export const accessLog: readonly Config[] = [
  { filter: isGrpcCall, ...toStdout({ ...fields, grpcStatus: '%GRPC_STATUS_NUMBER%' }) },
  // Of REST Envoy would guess the gRPC status from the HTTP status.
  { filter: isNoGrpcCall, ...toStdout({ ...fields, grpcPath: '%PATH(NQ:PATH)%' }) },
];

function toStdout(json: Config): Config {
  return typedConfig(
    'envoy.access_loggers.stdout',
    'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    { log_format: { json_format: json } },
  );
}
