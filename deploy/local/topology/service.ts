import { join } from 'node:path';
import { Contracts } from '@weft/mesh/contracts';
import { clone } from '@weft/mesh/local';
import type { ProgramRun, ServiceFolder } from '@weft/mesh/manifest';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { assertPassing } from './assertPassing.ts';
import { instanceId } from './instanceId.ts';
import { meshEnvironment } from './meshEnvironment.ts';

/** One instance of a service: its main.ts, or whatever program its manifest names, under `weft exec`. */
export function serviceProcess(
  settings: MeshSettings,
  service: ServiceFolder,
  databaseUrl: string | undefined,
): ProcessSpec {
  const { name, folder, run } = service;
  return {
    name,
    group: 'services',
    command: run ? execCommand(service, run) : [process.execPath, join(folder, 'main.ts')],
    directory: run ? folder : clone,
    environment: {
      ...settings.environments[name],
      ...meshEnvironment(settings, instanceId(name)),
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    },
    // Longer than a service takes to drain.
    stopSeconds: 30,
    ports: run?.port === undefined ? [] : [run.port],
    where: `http://127.0.0.1:${settings.ports.consul}/ui/dc1/services/${name}`,
    check: (signal) => assertPassing(settings, name, signal),
  };
}

function execCommand(
  { name, group, upstreams }: ServiceFolder,
  { command, port, healthHttp, preStop }: ProgramRun,
): [string, ...string[]] {
  const served = Contracts.load()
    .methodsOf(name)
    .map(({ service }) => service);
  const options = {
    '--service': name,
    '--group': group,
    '--upstreams': upstreams.join(','),
    '--grpc': [...new Set(served)].join(','),
    '--port': port?.toString(),
    '--health-http': healthHttp,
    '--pre-stop': preStop,
  };
  const given = Object.entries(options).flatMap(([flag, value]) => (value ? [flag, value] : []));
  const weft = join(clone, 'mesh/cli/weft.ts');
  return [process.execPath, weft, 'exec', ...given, '--', ...command];
}
