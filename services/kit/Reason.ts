/** What the kit fails calls for, as a caller's program may tell by `ErrorInfo.reason`. */
export const Reason = {
  /** The first call with this idempotency key is still under way. */
  IDEMPOTENCY_KEY_IN_FLIGHT: 'IDEMPOTENCY_KEY_IN_FLIGHT',
  /** This idempotency key was given with another request before. */
  IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED',
  /** No `next_page_token` that the service gave. */
  PAGE_TOKEN_INVALID: 'PAGE_TOKEN_INVALID',
  /** The page token of another list. */
  PAGE_TOKEN_FOREIGN: 'PAGE_TOKEN_FOREIGN',
  /** A field mask names what the resource does not have. */
  FIELD_UNKNOWN: 'FIELD_UNKNOWN',
  /** A field that keeps the value that it was created with. */
  FIELD_IMMUTABLE: 'FIELD_IMMUTABLE',
  /** A field that may not be empty. */
  FIELD_REQUIRED: 'FIELD_REQUIRED',
  /** The resource has been changed since the caller read it. */
  ETAG_MISMATCH: 'ETAG_MISMATCH',
  /** The resource is somebody else's. */
  NOT_OWNER: 'NOT_OWNER',
  /** No code of ISO 4217 that is in use. */
  CURRENCY_UNKNOWN: 'CURRENCY_UNKNOWN',
  /** More bytes than it may have. */
  BLOB_TOO_LARGE: 'BLOB_TOO_LARGE',
  /** Content of a type that is not taken here. */
  BLOB_TYPE_REFUSED: 'BLOB_TYPE_REFUSED',
  /** What only operators may do. */
  OPERATORS_ONLY: 'OPERATORS_ONLY',
  /** There is no such dead letter, or none any more. */
  DEAD_LETTER_NOT_FOUND: 'DEAD_LETTER_NOT_FOUND',
  /** There is no such saga, or none any more. */
  SAGA_NOT_FOUND: 'SAGA_NOT_FOUND',
  /** The saga has ended. */
  SAGA_ENDED: 'SAGA_ENDED',
  /** The saga cannot be undone any more. */
  SAGA_IRREVERSIBLE: 'SAGA_IRREVERSIBLE',
} as const;
