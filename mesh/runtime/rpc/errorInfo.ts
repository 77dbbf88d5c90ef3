import type { ErrorDetail } from './errorDetails.ts';

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
  /** The request is no message of its type. */
  MALFORMED_REQUEST: 'MALFORMED_REQUEST',
  /** A 64-bit number of the request is beyond what the service can hold. */
  NUMBER_OUT_OF_RANGE: 'NUMBER_OUT_OF_RANGE',
} as const;

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
    type: 'google.rpc.ErrorInfo',
    value: { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } },
  };
}
