import { clone } from '../settings/defaultHome.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { assertPassing } from './assertPassing.ts';
import { meshEnvironment } from './meshEnvironment.ts';
import type { ServiceFolder } from './ServiceFolder.ts';

/** One instance of a service. */
export function serviceProcess(
  settings: MeshSettings,
  service: ServiceFolder,
  databaseUrl: string | undefined,
): ProcessSpec {
  return {
    name: service.name,
    group: 'services',
    command: [process.execPath, service.main],
    directory: clone,
    environment: {
      ...meshEnvironment(settings, `${service.name}-1`),
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    },
    // Longer than a service takes to drain.
    stopSeconds: 30,
    ports: [],
    where: `http://127.0.0.1:${settings.ports.consul}/ui/dc1/services/${service.name}`,
    check: (signal) => assertPassing(settings, service.name, signal),
  };
}
