import { Contracts } from '@weft/mesh/contracts';
import { planEvents, usesEvents } from '@weft/mesh/events';
import type { ServiceFolder } from '@weft/mesh/manifest';
import type { ProgramName } from '../programs/Program.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';

type Known = Pick<ServiceFolder, 'name' | 'hasDatabase' | 'consumes'> &
  Partial<Pick<ServiceFolder, 'blobs' | 'engines' | 'rooms'>>;

/**
 * The programs that a mesh of these services runs: PostgreSQL for databases, unless there is a server of one's own; NATS
 * for events and blobs; and the engines that their manifests name.
 */
export function neededPrograms(
  { databaseUrl, services }: Pick<MeshSettings, 'databaseUrl' | 'services'>,
  known: readonly Known[],
  contracts = Contracts.load(),
): ProgramName[] {
  const hasDatabase = known.some((each) => each.hasDatabase && services.includes(each.name));
  const needsPostgres = databaseUrl === undefined && hasDatabase;
  const needsNats = usesEvents(planEvents(contracts, known), services);
  const engines = known.flatMap(({ name, engines = [] }) =>
    services.includes(name) ? engines : [],
  );
  return [
    'consul',
    'envoy',
    'supervisord',
    ...(needsPostgres ? (['postgres'] as const) : []),
    ...(needsNats ? (['nats-server'] as const) : []),
    ...new Set(engines),
  ];
}
