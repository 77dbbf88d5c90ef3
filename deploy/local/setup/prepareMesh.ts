import assert from 'node:assert/strict';
import { allowLogins } from '../acl/allowLogins.ts';
import { issueTokens } from '../acl/issueTokens.ts';
import { serverTokens } from '../acl/serverTokens.ts';
import { tokenHolders } from '../acl/tokenHolders.ts';
import type { Progress } from '../Progress.ts';
import type { ProcessSpec } from '../supervisor/ProcessSpec.ts';
import { renderConfig } from '../supervisor/renderConfig.ts';
import { prepareConsul } from '../topology/consul.ts';
import { consulClient } from '../topology/consulClient.ts';
import { prepareGateway } from '../topology/gateway.ts';
import { prepareNats } from '../topology/nats.ts';
import { permissions } from '../topology/permissions.ts';
import type { MeshPlan } from '../topology/planMesh.ts';
import { prepareVictoriaLogs } from '../topology/victoriaLogs.ts';
import { connectAsAdmin } from './adminConnection.ts';
import { allowCalls } from './allowCalls.ts';
import { initializePostgres } from './initializePostgres.ts';
import { provisionDatabase } from './provisionDatabase.ts';
import { secret } from './secret.ts';
import { serverUser } from './serverUser.ts';
import { writePrivately } from './writePrivately.ts';

/**
 * Writes all files that the processes start from. A gateway that runs goes by the contracts of now from here on.
 *
 * @returns whether it would have to start anew for what it cannot take while it runs.
 * @throws when PostgreSQL's data cannot be made, or a server of one's own does not let us in.
 */
export async function prepareMesh(plan: MeshPlan, progress: Progress): Promise<boolean> {
  const { folders, settings, binaries, processes } = plan;
  if (settings.databaseUrl) {
    await (await connectAsAdmin(settings.databaseUrl)).end();
    progress.report(`Using the PostgreSQL server at ${new URL(settings.databaseUrl).host}`);
  }
  const gateway = prepareGateway(settings, progress);
  await Promise.all([
    gateway,
    prepareConsul(folders, settings, binaries.consul, progress),
    preparePostgres(plan),
    ...(processes.some(({ name }) => name === 'victoria-logs')
      ? [prepareVictoriaLogs(folders)]
      : []),
  ]);
  await configureSupervisor(plan);
  return gateway;
}

async function preparePostgres({ folders, binaries, processes }: MeshPlan): Promise<void> {
  if (!processes.some(({ name }) => name === 'postgres')) return;
  assert(binaries.postgres);
  await initializePostgres(folders, binaries.postgres, await serverUser());
}

/** Writes what the supervisor is to run, and what beside; it reads it when it starts or is told to update. */
export async function configureSupervisor(
  { folders, processes }: MeshPlan,
  beside: readonly ProcessSpec[] = [],
): Promise<void> {
  await writePrivately(folders.supervisorConfig, renderConfig(folders, [...processes, ...beside]));
}

/**
 * Once Consul and PostgreSQL run: gives the services their permissions and databases.
 *
 * @returns whether NATS, should it run, has to read its configuration anew.
 */
export async function settleCore(plan: MeshPlan): Promise<boolean> {
  const { folders, settings, services, known, adminUrl, processes } = plan;
  const tokens = settings.insecure ? undefined : await serverTokens(folders);
  const consul = consulClient(folders, tokens?.management ?? '');
  if (tokens) {
    await Promise.all([
      issueTokens(consul, folders, tokens, tokenHolders(known)),
      allowLogins(consul, folders.home),
    ]);
  }
  await allowCalls(
    consul,
    permissions(known).filter(({ service }) => settings.services.includes(service)),
  );
  for (const { name, hasDatabase } of services) {
    if (hasDatabase) await provisionDatabase(adminUrl, name, await secret(folders, name));
  }
  const needsNats = processes.some(({ name }) => name === 'nats');
  return needsNats && (await prepareNats(settings, consul, known));
}
