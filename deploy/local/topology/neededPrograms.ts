import type { ServiceFolder } from '@weft/mesh/manifest';
import type { ProgramName } from '../programs/Program.ts';
import type { MeshSettings } from '../settings/MeshSettings.ts';

/** The programs that a mesh of these services runs: PostgreSQL for databases, unless there is a server of one's own. */
export function neededPrograms(
  { databaseUrl, services }: Pick<MeshSettings, 'databaseUrl' | 'services'>,
  known: readonly Pick<ServiceFolder, 'name' | 'hasDatabase'>[],
): ProgramName[] {
  const hasDatabase = known.some((each) => each.hasDatabase && services.includes(each.name));
  const needsPostgres = databaseUrl === undefined && hasDatabase;
  return ['consul', 'envoy', 'supervisord', ...(needsPostgres ? (['postgres'] as const) : [])];
}
