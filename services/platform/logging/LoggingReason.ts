/** What logging fails calls for, as a caller's program may tell by `ErrorInfo.reason`. */
export const LoggingReason = {
  /** The store is away, or has lost lines that it is brought again. */
  LOG_STORE_UNAVAILABLE: 'LOG_STORE_UNAVAILABLE',
  /** The journal is full, or its disk: lines are not taken in. */
  LOG_INTAKE_FULL: 'LOG_INTAKE_FULL',
  /** There is no such entry, or none any more. */
  LOG_ENTRY_NOT_FOUND: 'LOG_ENTRY_NOT_FOUND',
} as const;
