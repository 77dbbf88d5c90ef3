/**
 * What one client may cost the edge. Sizes in bytes, times as Envoy writes durations. They follow
 * Envoy's own advice for edges that face untrusted clients, and what gRPC servers accept.
 *
 * How often it may call is each contract's to say (`rate_limit`; mesh/contracts/methodDefaults.ts has what holds without),
 * and comes with the routes of the control plane (mesh/control/translate/rateLimit.ts).
 */
export const limits = {
  /** The largest REST body; the same as the largest message a gRPC server takes by default. */
  requestBodyBytes: 4 * 1024 * 1024,
  /** The largest answer to a REST call that is no stream; Envoy holds it in memory meanwhile. */
  responseBodyBytes: 16 * 1024 * 1024,
  /** Shorter answers are not worth the work of compression. */
  uncompressedBytes: 1024,
  requestHeadersKiB: 32,
  /** From the first byte of a request to the end of its headers. */
  requestHeadersTimeout: '10s',
  /** From the first byte of a request to its last. Off where a public method streams requests. */
  requestTimeout: '60s',
  /** A stream with nothing going either way; routes of streaming methods switch it off. */
  streamIdleTimeout: '300s',
  /** A connection without a request. */
  connectionIdleTimeout: '300s',
  /** Requests at once on one HTTP/2 connection. */
  concurrentStreams: 100,
  /** What is held for a client that does not read, per connection. */
  connectionBufferBytes: 64 * 1024,
  streamWindowBytes: 64 * 1024,
  connectionWindowBytes: 1024 * 1024,
  /** Client connections at once, of all clients. */
  connections: 10_000,
  /** Memory at which Envoy turns new requests away. */
  heapBytes: 1024 * 1024 * 1024,
} as const;
