import type { DescMessage } from '@bufbuild/protobuf';
import type { AccessRule } from './AccessRule.ts';

/** What the contract of one gRPC method says, defaults filled in. */
export interface MethodContract extends AccessRule {
  /** The HTTP/2 path, such as "/market.v1.AnalyticsService/ListAssets". */
  readonly path: string;
  /** Full name of the gRPC service, such as "market.v1.AnalyticsService". */
  readonly service: string;
  /** Such as "ListAssets". */
  readonly name: string;
  /** Name in Consul of the service that serves it; undefined for services without a policy. */
  readonly meshService: string | undefined;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** Methods that are not 'unknown' may be sent again when their outcome is not known. */
  readonly idempotency: 'unknown' | 'idempotent' | 'no_side_effects';
  /** Default deadline in milliseconds; undefined: none. */
  readonly timeoutMs: number | undefined;
  /** Calls from outside, per verified user or API key, else per client address. */
  readonly rateLimit: RateLimit;
  /** Longest life of a stream from outside, in milliseconds; undefined: no stream. */
  readonly maxStreamDurationMs: number | undefined;
  /** Largest body of a REST call. */
  readonly maxRequestBytes: number;
  /** Whether the header `idempotency-key` means something, or has to be there. */
  readonly idempotencyKey: 'ignored' | 'accepted' | 'required';
  /** Calls that one process serves at the same time; undefined: no limit. */
  readonly concurrencyLimit: number | undefined;
  /** A header that repeats a field of the request, so that calls can be routed by it; undefined: none. */
  readonly routingHeader: RoutingHeader | undefined;
  /** How long callers may give an answer again; undefined: not at all. */
  readonly cache: CacheContract | undefined;
  /** REST bindings; empty for a method that has none. */
  readonly http: readonly HttpBinding[];
  readonly input: DescMessage;
  readonly output: DescMessage;
}

/** A token bucket: `requests` at once, refilled completely every `perMs` milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly perMs: number;
}

/** How long an answer holds, in milliseconds. */
export interface CacheContract {
  readonly maxAgeMs: number;
  /** How long after that it may still be given, while the service cannot be reached. */
  readonly staleIfErrorMs: number;
}

export interface RoutingHeader {
  /** In lower case, such as "x-symbol". */
  readonly header: string;
  /** Name of a string field in the .proto, such as "asset_symbol". */
  readonly field: string;
}

/** One `google.api.http` rule. */
export interface HttpBinding {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** A path template, such as "/v1/assets/{asset_symbol}:watch". */
  readonly path: string;
  /** Field that the body fills; "*" for the whole message, "" for no body. */
  readonly body: string;
}
