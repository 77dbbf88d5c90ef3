/**
 * One database by two pools, together what a service has by default: readers who wait for each other keep no commit
 * waiting. Of commits one is under way at a time.
 */
export const poolSizes = { size: 2, readers: 3 } as const;
