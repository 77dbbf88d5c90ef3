import assert from 'node:assert/strict';
import { Contracts } from '@weft/mesh/contracts';
import { readServices, type ServiceFolder } from '@weft/mesh/manifest';
import type { Binaries } from '../programs/installPrograms.ts';
import { packagesFolder } from '../programs/servicePackages.ts';
import { Folders } from '../settings/Folders.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';
import { localAdminUrl } from '../setup/adminConnection.ts';
import { databaseUrl } from '../setup/provisionDatabase.ts';
import { secret } from '../setup/secret.ts';
import { serverUser } from '../setup/serverUser.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { consulProcess } from './consul.ts';
import { contractsFile, routingDigest } from './contracts.ts';
import { controlProcesses } from './control.ts';
import { gatewayProcess, gatewayTrustProcess } from './gateway.ts';
import { natsProcess } from './nats.ts';
import { neededPrograms } from './neededPrograms.ts';
import { postgresProcess } from './postgres.ts';
import { serviceProcess } from './service.ts';
import { victoriaLogsProcess } from './victoriaLogs.ts';

/** Who serves this keeps logs. */
const WRITE_LINES = '/logging.v1.LogIntakeService/WriteLogLines';

/** What runs in a mesh, and what it stands on. */
export interface MeshPlan {
  readonly settings: MeshSettings;
  readonly folders: Folders;
  readonly binaries: Binaries;
  /** In the order of their start. */
  readonly processes: readonly ProcessSpec[];
  /** Those that run. */
  readonly services: readonly ServiceFolder[];
  /** All that there are. */
  readonly known: readonly ServiceFolder[];
  /** URL of a PostgreSQL role that may create the services' roles and databases. */
  readonly adminUrl: string;
}

/** Works out what runs: the same settings give the same plan. */
export async function planMesh(settings: MeshSettings, binaries: Binaries): Promise<MeshPlan> {
  const folders = new Folders(settings.home);
  const { ports } = settings;
  const known = await readServices(settings.servicesFolder);
  const contracts = Contracts.load(contractsFile(settings));
  const services = known.filter(({ name }) => settings.services.includes(name));
  const adminUrl = settings.databaseUrl ?? (await localAdminUrl(folders, ports));

  const processes: ProcessSpec[] = [consulProcess(folders, settings, binaries.consul)];
  const needed = neededPrograms(settings, known);
  if (needed.includes('postgres')) {
    assert(binaries.postgres);
    processes.push(postgresProcess(folders, ports, binaries.postgres, await serverUser()));
  }
  if (needed.includes('nats-server')) {
    assert(binaries['nats-server']);
    processes.push(natsProcess(settings, binaries['nats-server']));
  }
  if (needed.includes('victoria-logs')) {
    assert(binaries['victoria-logs']);
    processes.push(victoriaLogsProcess(folders, ports, binaries['victoria-logs']));
  }
  processes.push(...controlProcesses(settings, routingDigest(contracts, known)));
  const keeper = contracts.method(WRITE_LINES)?.meshService;
  const keepsLogs = known.some(({ name }) => name === keeper);
  for (const service of services) {
    const url = service.hasDatabase
      ? databaseUrl(adminUrl, service.name, await secret(folders, service.name))
      : undefined;
    const packages = await packagesFolder(service);
    const given = { databaseUrl: url, packages, keepsLogs };
    processes.push(serviceProcess(settings, contracts, service, given));
  }
  const names = services.map(({ name }) => name);
  processes.push(gatewayTrustProcess(settings), gatewayProcess(settings, binaries.envoy, names));
  return { settings, folders, binaries, processes, services, known, adminUrl };
}
