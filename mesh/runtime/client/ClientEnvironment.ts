import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import type { Tracing } from '../telemetry/Tracing.ts';

/** What all calls to one mesh service share. */
export interface ClientEnvironment {
  /** Such as "xds:///analytics". */
  readonly target: string;
  readonly metrics: CallMetrics;
  readonly tracing: Tracing;
}
