/**
 * What one client may cost the edge. Sizes in bytes, times as Envoy writes durations. They follow
 * Envoy's own advice for edges that face untrusted clients, and what gRPC servers accept.
 *
 * How often it may call, how large a REST body and how long a stream may be is each contract's to say (`rate_limit` and
 * others of weft/policy/v1; mesh/contracts/methodDefaults.ts has what holds without). The first and the last come with the
 * routes of the control plane (mesh/control/translate/rateLimit.ts).
 */
export const limits = {
  /** The largest answer to a REST call that is no stream; Envoy holds it in memory meanwhile. */
  responseBodyBytes: 16 * 1024 * 1024,
  /** Shorter answers are not worth the work of compression. */
  uncompressedBytes: 1024,
  /**
   * REST calls with a body from one address, before the body is looked at: at once, and each second from then on. More,
   * where a contract's `rate_limit` is more.
   */
  bodiesAtOnce: 200,
  bodiesPerSecond: 10,
  /**
   * Calls that show a credential from one address, before it is looked at: at once, and each second from then on. What all the
   * people of an office need who sign in at the same time; whoever tries credentials is refused beyond it.
   */
  credentialsAtOnce: 2_000,
  credentialsPerSecond: 200,
  /** Calls that show a ticket, in the same way: each is a call of identity. */
  ticketsAtOnce: 100,
  ticketsPerSecond: 10,
  /** Addresses whose buckets are remembered; those unused the longest are forgotten first. */
  rememberedAddresses: 10_000,
  requestHeadersKiB: 32,
  /** From the first byte of a request to the end of its headers. */
  requestHeadersTimeout: '10s',
  /** From the first byte of a request to its last. Off where a public method streams requests. */
  requestTimeout: '60s',
  /** A stream with nothing going either way; routes of streaming methods switch it off. */
  streamIdleTimeout: '300s',
  /**
   * A connection without a request, also before its first. Longer than the minute that proxies before an edge keep theirs:
   * they would send into one that is just being closed.
   */
  connectionIdleTimeout: '75s',
  /**
   * A connection on which nothing comes is asked after so many seconds, and then every few, whether its client is still
   * there; one whose client takes nothing of what is sent, or answers nothing, is given up.
   */
  ...{ keepaliveSeconds: 30, keepaliveEverySeconds: 10, keepaliveProbes: 3 },
  lostClientSeconds: 60,
  /** Requests at once on one HTTP/2 connection. */
  concurrentStreams: 100,
  /** What is held for a client that does not read, per connection. */
  connectionBufferBytes: 64 * 1024,
  streamWindowBytes: 64 * 1024,
  connectionWindowBytes: 1024 * 1024,
  /**
   * Client connections at once, of all clients. Each is a file of the process, as are those to services: it has to be let
   * open some thousand more (`ulimit -n`).
   */
  connections: 15_000,
  /** Memory that an edge is given at least: see defaultMemory(). */
  leastMemoryBytes: 256 * 1024 * 1024,
} as const;
