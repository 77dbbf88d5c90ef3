import { Principals } from '../principal/Principals.ts';
import { ActiveCalls } from '../server/ActiveCalls.ts';
import type { ServerEnvironment } from '../server/ServerEnvironment.ts';
import { Telemetry } from '../telemetry/Telemetry.ts';
import { memoryLogger } from './memoryLogger.ts';

export interface TestEnvironment {
  readonly telemetry: Telemetry;
  readonly environment: ServerEnvironment;
  /** What has been logged, one object a line. */
  readonly lines: Record<string, unknown>[];
}

/** What calls of a server outside a mesh share. */
export async function testEnvironment(): Promise<TestEnvironment> {
  const lines: Record<string, unknown>[] = [];
  const log = memoryLogger(lines);
  const telemetry = await Telemetry.start({
    service: 'test',
    serviceId: 'test-1',
    version: '0.0.0',
    otlpEndpoint: undefined,
    log,
  });
  const environment: ServerEnvironment = {
    log,
    metrics: telemetry.calls,
    tracing: telemetry.tracing,
    calls: new ActiveCalls(),
    principals: new Principals(),
  };
  return { telemetry, environment, lines };
}
