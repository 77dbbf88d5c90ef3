import { totalmem } from 'node:os';
import { limits } from './limits.ts';

/** The mesh's services, its database and Consul have the rest. */
const SHARE = 1 / 4;

/** What an edge may take of this machine's memory, or of its container's, in bytes: a quarter, and what it needs at least. */
export function defaultMemory(
  machineBytes = totalmem(),
  containerBytes = process.constrainedMemory(),
): number {
  // 0, or more than there is: no limit.
  const bytes = containerBytes > 0 ? Math.min(machineBytes, containerBytes) : machineBytes;
  return Math.max(limits.leastMemoryBytes, Math.floor(bytes * SHARE));
}
