import assert from 'node:assert/strict';
import { ConsulClient } from '@weft/mesh/consul';
import { issueTokens } from '../acl/issueTokens.ts';
import { serverTokens } from '../acl/serverTokens.ts';
import { tokenHolders } from '../acl/tokenHolders.ts';
import type { Progress } from '../Progress.ts';
import { renderConfig } from '../supervisor/renderConfig.ts';
import { prepareConsul } from '../topology/consul.ts';
import { prepareGateway } from '../topology/gateway.ts';
import { permissions } from '../topology/permissions.ts';
import type { MeshPlan } from '../topology/planMesh.ts';
import { connectAsAdmin } from './adminConnection.ts';
import { allowCalls } from './allowCalls.ts';
import { initializePostgres } from './initializePostgres.ts';
import { provisionDatabase } from './provisionDatabase.ts';
import { secret } from './secret.ts';
import { serverUser } from './serverUser.ts';
import { writePrivately } from './writePrivately.ts';

/**
 * Writes all files that the processes start from.
 *
 * @throws when PostgreSQL's data cannot be made, or a server of one's own does not let us in.
 */
export async function prepareMesh(plan: MeshPlan, progress: Progress): Promise<void> {
  const { folders, settings, binaries, processes } = plan;
  if (settings.databaseUrl) {
    await (await connectAsAdmin(settings.databaseUrl)).end();
    progress.report(`Using the PostgreSQL server at ${new URL(settings.databaseUrl).host}`);
  }
  await prepareConsul(folders, settings);
  if (processes.some(({ name }) => name === 'postgres')) {
    assert(binaries.postgres);
    await initializePostgres(folders, binaries.postgres, await serverUser());
  }
  await prepareGateway(settings, progress);
  await configureSupervisor(plan);
}

/** Writes what the supervisor is to run; it reads it when it starts or is told to update. */
export async function configureSupervisor({ folders, processes }: MeshPlan): Promise<void> {
  await writePrivately(folders.supervisorConfig, renderConfig(folders, processes));
}

/** Once Consul and PostgreSQL run: gives the services their permissions and databases. */
export async function settleCore(plan: MeshPlan): Promise<void> {
  const { folders, settings, services, known, adminUrl } = plan;
  const address = `http://127.0.0.1:${settings.ports.consul}`;
  const tokens = settings.secure ? await serverTokens(folders) : undefined;
  if (tokens) await issueTokens(address, folders, tokens, tokenHolders(known));
  const consul = new ConsulClient({ address, token: tokens?.management ?? '' });
  await allowCalls(
    consul,
    permissions(known).filter(({ service }) => settings.services.includes(service)),
  );
  for (const { name, hasDatabase } of services) {
    if (hasDatabase) await provisionDatabase(adminUrl, name, await secret(folders, name));
  }
}
