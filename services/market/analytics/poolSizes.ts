/**
 * One database by three pools: readers who wait for each other, and handlers of events, keep no commit waiting. Of commits one is
 * under way at a time.
 */
export const poolSizes = { size: 2, readers: 3, eventConnections: 3 } as const;
