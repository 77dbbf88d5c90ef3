import { join } from 'node:path';
import { clone } from '@weft/mesh/local';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { askHttp } from '../setup/askHttp.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { controlSockets, meshEnvironment } from './meshEnvironment.ts';

/**
 * The control planes: "control", and "control-2" where two run side by side.
 *
 * @param contracts Of routingDigest().
 */
export function controlProcesses(settings: MeshSettings, contracts: string): ProcessSpec[] {
  const { ports } = settings;
  const replicas = [
    { name: 'control', admin: ports.controlAdmin },
    { name: 'control-2', admin: ports.control2Admin },
  ].slice(0, settings.controlPlanes);
  const sockets = controlSockets(settings);

  return replicas.map(({ name, admin }, at) => ({
    name,
    group: 'control',
    command: [
      process.execPath,
      join(clone, 'mesh/control/main.ts'),
      ...['--services', settings.servicesFolder],
      ...['--listen', `unix:${sockets[at]}`, '--admin', `127.0.0.1:${admin}`],
    ],
    directory: clone,
    environment: { ...settings.environments.control, ...meshEnvironment(settings, 'control') },
    contracts,
    stopSeconds: 10,
    ports: [admin],
    where: `http://127.0.0.1:${admin}/status`,
    async check(signal) {
      await askHttp(`http://127.0.0.1:${admin}/ready`, signal);
    },
  }));
}
