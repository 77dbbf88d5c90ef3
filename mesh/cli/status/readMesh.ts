import { type ConsulClient, SERVICES_ONLY } from '@weft/mesh/consul';
import type { ServiceStatus } from '../../control/admin/Status.ts';
import { parseInstances } from '../../control/watch/parseInstances.ts';
import { type ControlPlaneReport, readControlPlane } from './readControlPlane.ts';
import { type ProcessStatus, readLocalProcesses } from './readLocalProcesses.ts';

/** The mesh as Consul and this host's control planes see it. */
export interface Mesh {
  readonly services: readonly ServiceStatus[];
  readonly controlPlanes: readonly ControlPlaneReport[];
  /** Of this machine, where the mesh is that of `make up`. */
  readonly processes: readonly ProcessStatus[];
}

/**
 * Asks the control planes, and Consul itself when none of them answers; who may call whom is then unknown.
 *
 * @param adminUrls Of the control planes' admin ports.
 * @throws ConsulError, AnswerError
 */
export async function readMesh(consul: ConsulClient, adminUrls: readonly string[]): Promise<Mesh> {
  const controlPlanes = await Promise.all(adminUrls.map(readControlPlane));
  const first = controlPlanes.find(({ status }) => status?.ready);
  const services = first?.status?.services ?? (await readServices(consul));
  return { services, controlPlanes, processes: await readLocalProcesses(consul.address) };
}

async function readServices(consul: ConsulClient): Promise<ServiceStatus[]> {
  const { value: catalog } = await consul.read<Record<string, unknown>>('/catalog/services', {
    filter: SERVICES_ONLY,
  });
  const names = Object.keys(catalog).filter((name) => name !== 'consul');
  return Promise.all(
    names.sort().map(async (name) => {
      const answer = await consul.read(`/health/connect/${encodeURIComponent(name)}`);
      const { instances, complaints } = parseInstances(answer.value, undefined);
      return {
        name,
        instances,
        warnings: complaints,
        isWatched: false,
        protocol: undefined,
        callers: undefined,
      };
    }),
  );
}
