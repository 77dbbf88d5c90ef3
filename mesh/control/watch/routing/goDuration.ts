import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;
/** A year. Far longer ones do not fit into what clients count in. */
const MAX_MS = 365 * 24 * 3_600_000;

/**
 * A duration as Go writes it, "1h2m3.5s", or as a number of nanoseconds; Consul uses both.
 * https://pkg.go.dev/time#ParseDuration
 *
 * Becomes milliseconds; undefined for none, which is how Consul says "not set".
 */
export const goDuration = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value, context) => {
    const milliseconds = typeof value === 'number' ? value * 1e-6 : parse(value || '0s');
    if (milliseconds === undefined || !(milliseconds >= 0 && milliseconds <= MAX_MS)) {
      context.addIssue({ code: 'custom', message: `no duration: ${value}` });
      return z.NEVER;
    }
    return milliseconds === 0 ? undefined : milliseconds;
  });

function parse(text: string): number | undefined {
  if (text === '0') return 0;
  PART.lastIndex = 0;
  let milliseconds = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (!part) return undefined;
    milliseconds += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? Number.NaN);
  }
  return text === '' ? undefined : milliseconds;
}
