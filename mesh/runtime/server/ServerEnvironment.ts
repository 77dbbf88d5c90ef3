import type { Logger } from 'pino';
import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import type { Tracing } from '../telemetry/Tracing.ts';
import type { ServerCall } from './ServerCall.ts';

/** What all calls that a process serves share. */
export interface ServerEnvironment {
  readonly log: Logger;
  readonly metrics: CallMetrics;
  readonly tracing: Tracing;
  /** Calls under way that have no end of their own. */
  readonly streams: Set<ServerCall>;
}
