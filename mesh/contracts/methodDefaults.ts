import type { RateLimit } from './MethodContract.ts';

/** What holds for a method whose contract says nothing, as weft/policy/v1/policy.proto promises. */
export const methodDefaults = {
  /** Time of a unary call, from the caller's start. A stream has no limit. */
  unaryTimeoutMs: 15_000,
  /** Calls from outside of a method without side effects: for each user or API key, else for each client address. */
  readRateLimit: { requests: 500, perMs: 5_000 },
  /** The same of streams: at most twice as many of one caller are open at once, for they live as long as it takes to fill up. */
  streamRateLimit: { requests: 300, perMs: 300_000 },
  /** The same of all other methods. */
  writeRateLimit: { requests: 120, perMs: 60_000 },
  /** Life of a stream from outside. */
  maxStreamDurationMs: 300_000,
  /** Body of a REST call. */
  maxRequestBytes: 16 * 1024,
} as const satisfies Record<string, number | RateLimit>;
