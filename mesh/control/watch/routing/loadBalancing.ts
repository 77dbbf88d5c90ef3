import { z } from 'zod';
import { otherFields } from './otherFields.ts';

/** How one of several instances is chosen. */
export interface LoadBalancing {
  readonly policy: 'round_robin' | 'ring_hash';
  /** Headers that decide in a ring, in this order. None: any instance. */
  readonly hashHeaders: readonly HashHeader[];
  /** Entries in the ring. Default: 1,024 to 8,388,608. */
  readonly ringSize: { readonly minimum: number; readonly maximum: number };
}

export interface HashHeader {
  /** In lower case. */
  readonly name: string;
  /** Those after it count only where it is missing. */
  readonly isTerminal: boolean;
}

/** The most that clients accept. */
const MAX_RING_SIZE = 8_388_608;
const DEFAULT_MIN_RING_SIZE = 1_024;
const size = z.int().min(0).nullish();
const schema = z.looseObject({
  Policy: z.string().nullish(),
  RingHashConfig: z.object({ MinimumRingSize: size, MaximumRingSize: size }).nullish(),
  HashPolicies: z
    .array(
      z.looseObject({
        Field: z.string().nullish(),
        FieldValue: z.string().nullish(),
        Terminal: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

/** Reads the `LoadBalancer` of a `service-resolver`. What gRPC does not have becomes what comes nearest. */
export function readLoadBalancing(
  raw: unknown,
  context: z.RefinementCtx,
): LoadBalancing & { readonly refusals: string[] } {
  const parsed = schema.safeParse(raw ?? {});
  if (!parsed.success) {
    context.addIssue({ code: 'custom', message: z.prettifyError(parsed.error) });
    return z.NEVER;
  }
  const { Policy, RingHashConfig, HashPolicies } = parsed.data;
  const refusals: string[] = [];
  const policy = nearest(Policy || 'round_robin', refusals);
  const known = ['Policy', 'RingHashConfig', 'HashPolicies', 'LeastRequestConfig'];
  for (const field of otherFields(parsed.data, known)) {
    refusals.push(`LoadBalancer: ${field} has no effect`);
  }
  const hashHeaders: HashHeader[] = [];
  for (const { Field, FieldValue, Terminal, ...others } of HashPolicies ?? []) {
    if (Field !== 'header' || !FieldValue || otherFields(others, []).length > 0) {
      const by = Field || otherFields(others, [])[0] || 'nothing';
      refusals.push(`LoadBalancer: gRPC hashes by headers, not by ${by}`);
    } else if (!/^[a-z0-9_.-]+$/i.test(FieldValue) || /-bin$/i.test(FieldValue)) {
      refusals.push(`LoadBalancer: gRPC cannot hash by the header "${FieldValue}"`);
    } else {
      hashHeaders.push({ name: FieldValue.toLowerCase(), isTerminal: Terminal ?? false });
    }
  }
  if (policy === 'ring_hash' && hashHeaders.length === 0) {
    refusals.push('LoadBalancer: a ring without a header to hash by sends calls anywhere');
  }
  const maximum = Math.min(RingHashConfig?.MaximumRingSize || MAX_RING_SIZE, MAX_RING_SIZE);
  const minimum = Math.min(RingHashConfig?.MinimumRingSize || DEFAULT_MIN_RING_SIZE, maximum);
  return { policy, hashHeaders, ringSize: { minimum, maximum }, refusals };
}

function nearest(policy: string, refusals: string[]): LoadBalancing['policy'] {
  if (policy === 'round_robin' || policy === 'ring_hash') return policy;
  const instead = policy === 'maglev' ? 'ring_hash' : 'round_robin';
  refusals.push(`LoadBalancer: gRPC has no ${policy}: ${instead} is used`);
  return instead;
}
