import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { TelemetryOptions } from './TelemetryOptions.ts';

/** What all telemetry of a process says of it. */
export function processResource(options: TelemetryOptions): Resource {
  return resourceFromAttributes({
    'service.name': options.service,
    'service.instance.id': options.serviceId,
    'service.version': options.version,
    ...(options.worker === undefined ? {} : { worker: options.worker }),
  });
}
