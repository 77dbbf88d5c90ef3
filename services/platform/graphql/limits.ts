/** What one operation, one socket, and all of an instance, may take. */
export const limits = {
  /** Of a request, in bytes: its query and its variables. */
  requestBytes: 256 * 1024,
  /** Words and signs of a query. */
  tokens: 4_000,
  /** Fields within fields. */
  depth: 15,
  /** Fields that are given another name. */
  aliases: 50,
  /** Fields, with those of fragments counted wherever they stand. */
  fields: 1_000,
  /** Calls of services that an operation may cost. */
  calls: 100,
  /** Objects that its answer may hold, each list as long as it may be. */
  objects: 20_000,
  /** Length that a list is taken to have where no contract says how long it may be. */
  unknownList: 10,
  /** Ids that are asked for in one call where the contract does not say how many there may be. */
  idsOfBatch: 100,
  /** Calls of one resource at the same time, where its service has no method for many. */
  callsAtOnce: 10,
  /** Time of a query or mutation as a whole, in milliseconds. */
  operationMs: 30_000,
  /** Errors that a query that is no good is told of. */
  validationErrors: 10,
  /** Characters of the queries that an instance remembers, read and checked, and how many of clients' persisted ones. */
  ...{ rememberedCharacters: 8_000_000, persistedOperations: 1_000 },
  /** Callers and methods whose buckets are remembered; those unused the longest are forgotten first. */
  rememberedBuckets: 20_000,
  /** Operations under way on one WebSocket. */
  operationsOfSocket: 50,
  /** Messages of a WebSocket at once, and each second from then on. */
  messages: { requests: 200, perMs: 10_000 },
  /** Time for a client to say who it is once its WebSocket is open, and between two looks at whether it is still there. */
  ...{ connectMs: 10_000, pingMs: 20_000 },
} as const;

export type Limits = typeof limits;
