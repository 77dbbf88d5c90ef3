import type { Logger } from 'pino';
import type { Principals } from '../principal/Principals.ts';
import type { CallMetrics } from '../telemetry/CallMetrics.ts';
import type { Tracing } from '../telemetry/Tracing.ts';
import type { ActiveCalls } from './ActiveCalls.ts';

/** What all calls that a process serves share. */
export interface ServerEnvironment {
  readonly log: Logger;
  readonly metrics: CallMetrics;
  readonly tracing: Tracing;
  readonly calls: ActiveCalls;
  readonly principals: Principals;
}
