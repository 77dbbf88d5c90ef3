import type { ErrorDetail } from './errorDetails.ts';
import { RpcError } from './RpcError.ts';

/** Whose reasons they are: all services of a mesh share one domain, so a reason means the same wherever it comes from. */
export const ERROR_DOMAIN = 'weft';

/** What the runtime itself fails calls for, as a caller's program may tell by `ErrorInfo.reason`. */
export const RuntimeReason = {
  /** The process has more to do than it can; nothing has been done. */
  OVERLOADED: 'OVERLOADED',
  /** As many calls of the method are being served as its contract lets be; nothing has been done. */
  CONCURRENCY_LIMIT: 'CONCURRENCY_LIMIT',
  /** The instance stops, and ends its streams; others go on. */
  STOPPING: 'STOPPING',
  /** The method is for users or API keys, and the call comes without one. */
  PRINCIPAL_REQUIRED: 'PRINCIPAL_REQUIRED',
  /** The token that says who acts has not been signed by identity for the inside of the mesh. */
  PRINCIPAL_INVALID: 'PRINCIPAL_INVALID',
  /** The token that says who acts was good, and is no longer. */
  PRINCIPAL_EXPIRED: 'PRINCIPAL_EXPIRED',
  /** The service has not heard yet who signs tokens; nothing has been done. */
  PRINCIPAL_UNVERIFIABLE: 'PRINCIPAL_UNVERIFIABLE',
  /** The session, or the API key, has been revoked. */
  SESSION_REVOKED: 'SESSION_REVOKED',
  /** The method is for others than this kind of principal, which is in `kind`. */
  PRINCIPAL_KIND: 'PRINCIPAL_KIND',
  /** The user has none of the `roles`. */
  ROLE_REQUIRED: 'ROLE_REQUIRED',
  /** The API key has none of the `scopes`. */
  SCOPE_REQUIRED: 'SCOPE_REQUIRED',
  /** The request is no message of its type. */
  MALFORMED_REQUEST: 'MALFORMED_REQUEST',
  /** A 64-bit number of the request is beyond what the service can hold. */
  NUMBER_OUT_OF_RANGE: 'NUMBER_OUT_OF_RANGE',
} as const;

const TYPE = 'google.rpc.ErrorInfo';
/** What google.rpc.ErrorInfo demands of a reason: https://google.aip.dev/193 */
const REASON = /^[A-Z][A-Z0-9_]{0,61}[A-Z0-9]$/;

/**
 * The detail that says what a failure is in a word that a program can compare, where the status code is too coarse and
 * the message is for people.
 *
 * @param reason UPPER_SNAKE_CASE, at most 63 characters, such as "OUT_OF_STOCK". It is part of the method's contract:
 *   once callers read it, it keeps its meaning.
 * @param metadata What else a program may need, such as the limit that was reached.
 * @throws TypeError for a reason of another form.
 */
export function errorInfo(
  reason: string,
  metadata: Readonly<Record<string, string>> = {},
): ErrorDetail {
  if (!REASON.test(reason)) throw new TypeError(`"${reason}" is not UPPER_SNAKE_CASE`);
  return {
    type: TYPE,
    value: { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } },
  };
}

/** The reason that errorInfo() has said; undefined for an error without one. */
export function errorReason(error: unknown): string | undefined {
  if (!(error instanceof RpcError)) return undefined;
  for (const { type, value } of error.details) {
    if (type === TYPE && 'reason' in value) return value.reason;
  }
  return undefined;
}
