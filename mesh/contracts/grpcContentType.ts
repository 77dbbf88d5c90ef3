/**
 * Content types, as regular expressions of RE2 that match a whole one, of what Envoy's own filters take for gRPC and for
 * gRPC-Web: anything else they transcode if its path is a REST call's, "application/grpcx" and "application/grpc;x"
 * too. So whoever passes a filter over because of a content type must go by the same, to the letter.
 */
export const grpcContentType = {
  /** Envoy's grpc_json_transcoder lets it pass. */
  grpc: 'application/grpc(\\+.*)?',
  /** Envoy's grpc_web makes gRPC of it. */
  grpcWeb: 'application/grpc-web(-text)?(\\+proto)?',
} as const;
