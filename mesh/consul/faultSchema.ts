import { z } from 'zod';
import { ABORT_CODES, type AbortCode, readDuration } from './fault.ts';

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
