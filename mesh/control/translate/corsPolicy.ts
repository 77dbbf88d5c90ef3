import { type PackedAny, pack } from '../xds/encode.ts';

const REQUEST_HEADERS = [
  'accept',
  'authorization',
  'content-type',
  'grpc-timeout',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-api-key',
  'x-grpc-web',
  'x-request-id',
  'x-user-agent',
];
const RESPONSE_HEADERS = [
  'grpc-message',
  'grpc-status',
  'grpc-status-details-bin',
  'retry-after',
  'www-authenticate',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
];

/**
 * Lets pages of these origins call the edge from a browser, without cookies.
 *
 * @param origins Such as "https://app.example.com"; "*" for any.
 * @param headers That they may send besides those that every call may have.
 */
export function corsPolicy(origins: readonly string[], headers: readonly string[]): PackedAny {
  return pack('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allow_origin_string_match: origins.map((origin) => ({ exact: origin })),
    allow_methods: 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    allow_headers: [...new Set([...REQUEST_HEADERS, ...headers])].join(', '),
    expose_headers: RESPONSE_HEADERS.join(', '),
    max_age: '7200',
    allow_credentials: { value: false },
    forward_not_matching_preflights: { value: false },
  });
}
