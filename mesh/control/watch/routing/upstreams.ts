import { z } from 'zod';
import { goDuration } from './goDuration.ts';
import { otherFields } from './otherFields.ts';

/** The `UpstreamConfig` of a `service-defaults` entry: how its service calls others. */
export interface Upstreams {
  readonly defaults: UpstreamPolicy;
  /** By name of the service that is called. What one does not say, the defaults do. */
  readonly overrides: ReadonlyMap<string, UpstreamPolicy>;
}

export interface UpstreamPolicy {
  readonly connectTimeoutMs?: number | undefined;
  readonly maxConnections?: number | undefined;
  readonly maxPendingRequests?: number | undefined;
  readonly maxConcurrentRequests?: number | undefined;
  readonly passiveHealthCheck?: PassiveHealthCheck | undefined;
}

/** When an instance that fails is left alone for a while. Undefined: as Envoy does by default. */
export interface PassiveHealthCheck {
  readonly intervalMs: number | undefined;
  readonly maxFailures: number | undefined;
  /** Percent. */
  readonly enforcing: number | undefined;
  /** Percent. */
  readonly maxEjection: number | undefined;
  readonly baseEjectionMs: number | undefined;
}

const count = z.int().min(0).max(0xffff_ffff).nullish();
const percent = z.int().min(0).max(100).nullish();
const policySchema = z.looseObject({
  ConnectTimeoutMs: z.number().min(0).max(86_400_000).nullish(),
  Limits: z
    .looseObject({
      MaxConnections: count,
      MaxPendingRequests: count,
      MaxConcurrentRequests: count,
    })
    .nullish(),
  PassiveHealthCheck: z
    .looseObject({
      Interval: goDuration,
      MaxFailures: count,
      EnforcingConsecutive5xx: percent,
      MaxEjectionPercent: percent,
      BaseEjectionTime: goDuration,
    })
    .nullish(),
});
const schema = z.looseObject({
  Defaults: policySchema.nullish(),
  Overrides: z.array(policySchema.extend({ Name: z.string().nullish() })).nullish(),
});
type RawPolicy = z.infer<typeof policySchema>;

/** @returns also what of it has no effect, and why. */
export function readUpstreams(
  raw: unknown,
  context: z.RefinementCtx,
): Upstreams & { readonly refusals: string[] } {
  const parsed = schema.safeParse(raw ?? {});
  if (!parsed.success) {
    context.addIssue({ code: 'custom', message: z.prettifyError(parsed.error) });
    return z.NEVER;
  }
  const refusals: string[] = [];
  const overrides = new Map<string, UpstreamPolicy>();
  for (const override of parsed.data.Overrides ?? []) {
    const label = `UpstreamConfig of ${override.Name || 'no service'}`;
    const [elsewhere] = ['Peer', 'Namespace', 'Partition'].filter(
      (field) => override[field] && override[field] !== 'default',
    );
    if (elsewhere || !override.Name) {
      refusals.push(`${label} is left out: ${elsewhere ?? 'no Name'} is not part of this mesh`);
      continue;
    }
    overrides.set(override.Name, readPolicy(label, override, refusals));
  }
  const defaults = parsed.data.Defaults ?? undefined;
  return {
    defaults: defaults ? readPolicy('UpstreamConfig defaults', defaults, refusals) : {},
    overrides,
    refusals,
  };
}

const READ = ['Name', 'Peer', 'Namespace', 'Partition', 'Protocol'];
const AT_THE_EDGE = 'holds at the edge only: gRPC has no such limit';

function readPolicy(label: string, raw: RawPolicy, refusals: string[]): UpstreamPolicy {
  const policy = ['ConnectTimeoutMs', 'Limits', 'PassiveHealthCheck'];
  for (const field of otherFields(raw, [...READ, ...policy])) {
    refusals.push(`${label}: ${field} has no effect: there is no proxy`);
  }
  const { Limits: limits, PassiveHealthCheck: health } = raw;
  if (raw.ConnectTimeoutMs) refusals.push(`${label}: ConnectTimeoutMs ${AT_THE_EDGE}`);
  for (const field of ['MaxConnections', 'MaxPendingRequests'] as const) {
    if (limits?.[field]) refusals.push(`${label}: Limits.${field} ${AT_THE_EDGE}`);
  }
  return {
    connectTimeoutMs: raw.ConnectTimeoutMs || undefined,
    maxConnections: limits?.MaxConnections ?? undefined,
    maxPendingRequests: limits?.MaxPendingRequests ?? undefined,
    maxConcurrentRequests: limits?.MaxConcurrentRequests ?? undefined,
    passiveHealthCheck: health
      ? {
          intervalMs: health.Interval,
          maxFailures: health.MaxFailures ?? undefined,
          enforcing: health.EnforcingConsecutive5xx ?? undefined,
          maxEjection: health.MaxEjectionPercent ?? undefined,
          baseEjectionMs: health.BaseEjectionTime,
        }
      : undefined,
  };
}
