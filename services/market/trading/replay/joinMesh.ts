import { connectMesh, type MeshConnection } from '@weft/mesh/runtime';

const JOIN_WITHIN_MS = 15_000;

/**
 * Joins the mesh for as long as a command lasts.
 *
 * @param job Its name in Consul, such as "replay".
 * @throws when Consul does not answer within 15 seconds.
 */
export async function joinMesh(job: string, interrupted: AbortSignal): Promise<MeshConnection> {
  const late = AbortSignal.timeout(JOIN_WITHIN_MS);
  try {
    return await connectMesh({ service: job, signal: AbortSignal.any([interrupted, late]) });
  } catch (cause) {
    if (!late.aborted) throw cause;
    throw new Error('Consul does not answer. Is the mesh up (make up)?', { cause });
  }
}
