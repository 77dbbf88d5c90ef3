import { z } from 'zod';

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
const MAX_DELAY_MS = 3_600_000;

const percent = z.number().min(0).max(100);
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, 'must be a number and ms, s or m, such as "250ms"')
  .refine((text) => readDuration(text) <= MAX_DELAY_MS, { message: 'must not be over an hour' });
const header = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9_.-]+$/, 'must be a header in lower case')
      .refine((name) => !name.endsWith('-bin'), { message: 'gRPC matches no binary header' }),
    exact: z.string().optional(),
    prefix: z.string().min(1).optional(),
    suffix: z.string().min(1).optional(),
    /** RE2, of the whole value. */
    regex: z.string().min(1).optional(),
    present: z.literal(true).optional(),
  })
  .refine(({ name: _, ...matches }) => Object.keys(matches).length === 1, {
    message: 'must have one of exact, prefix, suffix, regex and present',
  });

/**
 * A fault that callers of a service are given on purpose, as it stands in Consul's KV under
 * `weft/faults/<service>`. Percentages are of calls, in steps of 0.0001. With `headers`, only calls that
 * match all of them are touched. A call that is delayed may be aborted as well.
 *
 * @example {"delay": {"percent": 10, "duration": "2s"}, "abort": {"percent": 0.5, "code": "UNAVAILABLE"}}
 */
export const faultSchema = z
  .strictObject({
    delay: z.strictObject({ percent, duration }).optional(),
    abort: z
      .strictObject({ percent, code: z.enum(Object.keys(ABORT_CODES) as [AbortCode]) })
      .optional(),
    headers: z.array(header).min(1).optional(),
  })
  .refine(({ delay, abort }) => delay || abort, { message: 'must have delay or abort' });

export type Fault = z.infer<typeof faultSchema>;
export type FaultHeader = z.infer<typeof header>;

/** Milliseconds of a fault's duration, such as 250 of "250ms". */
export function readDuration(text: string): number {
  const unit = text.endsWith('ms') ? 'ms' : (text.slice(-1) as 's' | 'm');
  return Math.round(Number(text.slice(0, -unit.length)) * UNITS[unit]);
}
