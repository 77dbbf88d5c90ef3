/** What an operation is refused for before any service is called, as `extensions.reason` says it. */
export const GraphqlReason = {
  /** The text is no GraphQL. */
  QUERY_MALFORMED: 'QUERY_MALFORMED',
  /** It asks for what the schema does not have, or its variables are not what it says they are. */
  QUERY_INVALID: 'QUERY_INVALID',
  /** More text than is read. */
  QUERY_TOO_LARGE: 'QUERY_TOO_LARGE',
  /** Too many fields within fields. */
  QUERY_TOO_DEEP: 'QUERY_TOO_DEEP',
  /** Too many fields that are given another name. */
  QUERY_ALIASES: 'QUERY_ALIASES',
  /** Too many fields, fragments counted wherever they stand. */
  QUERY_FIELDS: 'QUERY_FIELDS',
  /** It may cost too many calls, or answer too many objects. */
  QUERY_COST: 'QUERY_COST',
  /** Only operations that are known from the start are answered, and this is none. */
  OPERATION_UNKNOWN: 'OPERATION_UNKNOWN',
  /** The text is not the one that the hash is of. */
  OPERATION_HASH: 'OPERATION_HASH',
  /** More calls of a method than its contract lets one caller make. */
  RATE_LIMIT: 'RATE_LIMIT',
  /** As many operations are under way on the socket as may be. */
  SOCKET_OPERATIONS: 'SOCKET_OPERATIONS',
} as const;

export type GraphqlReason = (typeof GraphqlReason)[keyof typeof GraphqlReason];
