/** Consul's KV folder of faults on purpose: the key is this and the name of the service that is called. */
export const FAULTS_PREFIX = 'weft/faults/';

/** gRPC's status codes that an abort can have, by name: all but OK. */
export const ABORT_CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type AbortCode = keyof typeof ABORT_CODES;

const UNITS = { ms: 1, s: 1_000, m: 60_000 } as const;
/** Milliseconds of a fault's duration, such as 250 of "250ms". */
export function readDuration(text: string): number {
  const unit = text.endsWith('ms') ? 'ms' : (text.slice(-1) as 's' | 'm');
  return Math.round(Number(text.slice(0, -unit.length)) * UNITS[unit]);
}
