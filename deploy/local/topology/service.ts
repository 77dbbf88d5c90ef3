import { join } from 'node:path';
import { type Contracts, digestOf } from '@weft/mesh/contracts';
import { clone } from '@weft/mesh/local';
import type { ProgramRun, ServiceFolder } from '@weft/mesh/manifest';
import { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { assertPassing } from './assertPassing.ts';
import { instanceId } from './instanceId.ts';
import { meshEnvironment } from './meshEnvironment.ts';
import { victoriaLogsEnvironment } from './victoriaLogs.ts';

/** What a service is given by the mesh that it runs in. */
export interface Given {
  /** Of its own database. Undefined: it has none. */
  readonly databaseUrl: string | undefined;
  /** Folder of the environment with its packages of PyPI. Undefined: it names none. */
  readonly packages: string | undefined;
  /** Whether there is a service that keeps logs, running or not. */
  readonly keepsLogs: boolean;
}

/** One instance of a service: its main.ts, or whatever program its manifest names, under `weft exec`. */
export function serviceProcess(
  settings: MeshSettings,
  contracts: Contracts,
  service: ServiceFolder,
  { databaseUrl, packages, keepsLogs }: Given,
): ProcessSpec {
  const { name, folder, run, engines } = service;
  return {
    name,
    group: 'services',
    command: run
      ? execCommand(contracts, service, run)
      : [process.execPath, join(folder, 'main.ts')],
    directory: run ? folder : clone,
    environment: {
      ...(keepsLogs && { WEFT_LOGS_TO: 'mesh' }),
      ...settings.environments[name],
      ...meshEnvironment(settings, instanceId(name)),
      // By this name, and not by address: pages and cookies know a site by its name.
      WEFT_PUBLIC_URL: `http://localhost:${settings.ports.edge}`,
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
      ...(packages ? { PATH: `${join(packages, 'bin')}:${process.env.PATH ?? ''}` } : {}),
      ...(engines.includes('victoria-logs') &&
        victoriaLogsEnvironment(new Folders(settings.home), settings.ports)),
    },
    contracts: digestOf(contracts, name),
    // Longer than a service takes to drain.
    stopSeconds: 30,
    ports: run?.port === undefined ? [] : [run.port],
    where: `http://127.0.0.1:${settings.ports.consul}/ui/dc1/services/${name}`,
    check: (signal) => assertPassing(settings, name, signal),
  };
}

function execCommand(
  contracts: Contracts,
  { name, group, upstreams }: ServiceFolder,
  { command, port, healthHttp, preStop }: ProgramRun,
): [string, ...string[]] {
  const served = contracts.methodsOf(name).map(({ service }) => service);
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
