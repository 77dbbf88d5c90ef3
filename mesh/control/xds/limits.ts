/**
 * What one control plane does for its clients at most, so that none of them, mistaken or hostile, takes its memory or
 * the queries that Consul holds for it away from the others. A mesh of a thousand services stays far below.
 */
export const LIMITS = {
  /** Bytes of one request: above, gRPC itself ends the stream with RESOURCE_EXHAUSTED. */
  requestBytes: 1 << 20,
  /** Streams of one connection; HTTP/2 keeps more waiting. A client needs one. */
  streamsOfConnection: 10,
  /** Streams of all connections. */
  streams: 2_000,
  /** Names that one stream may ask for of one type. */
  names: 10_000,
  /** Resources that are kept, of all streams together. */
  resources: 100_000,
  /** Services, and subsets of them, whose instances are watched: each is a query that Consul holds. */
  watches: 3_000,
  /** Characters of what a client says of itself: id, service, user agent, zone, file of secrets. */
  nodeText: 1_024,
  /** Characters of a client's words that are kept and logged. */
  errorText: 2_000,
} as const;
