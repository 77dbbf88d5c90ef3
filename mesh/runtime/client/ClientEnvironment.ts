import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import type { Tracing } from '../telemetry/Tracing.ts';

/** What all calls that a process makes share. */
export interface ClientEnvironment {
  readonly metrics: CallMetrics;
  readonly tracing: Tracing;
}
