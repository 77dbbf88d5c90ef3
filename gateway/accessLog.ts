import { type Config, typedConfig } from './typedConfig.ts';

/**
 * One JSON object a request on stdout. Paths are the client's, as they were before transcoding, and
 * without their query: that may hold what should not be kept.
 */
export const accessLog: readonly Config[] = [
  typedConfig(
    'envoy.access_loggers.stdout',
    'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    {
      log_format: {
        json_format: {
          time: '%START_TIME%',
          msg: 'request',
          method: '%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%',
          path: '%PATH(NQ:ORIG_OR_PATH)%',
          grpcPath: '%PATH(NQ:PATH)%',
          protocol: '%PROTOCOL%',
          status: '%RESPONSE_CODE%',
          statusDetails: '%RESPONSE_CODE_DETAILS%',
          grpcStatus: '%GRPC_STATUS_NUMBER%',
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
        },
      },
    },
  ),
];
