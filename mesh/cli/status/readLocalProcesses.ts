import { findLocalMesh, type LocalProcess, type Memory, readMemory } from '@weft/mesh/local';

/** A process that `make up` has started on this machine. */
export interface ProcessStatus extends LocalProcess {
  /** Undefined: it does not run. */
  readonly memory: Memory | undefined;
}

/**
 * The processes of the mesh that is asked, where it runs on this machine.
 *
 * @param consulAddress Of the Consul that is asked: the mesh of another one is left alone.
 * @returns none when it does not run here.
 */
export async function readLocalProcesses(consulAddress: string): Promise<ProcessStatus[]> {
  const mesh = await findLocalMesh();
  if (!mesh || mesh.environment.CONSUL_HTTP_ADDR !== consulAddress) return [];
  const memory = await readMemory(mesh.supervisor);
  const processes = [...mesh.processes, { name: 'supervisord', where: mesh.home }];
  return processes.map(({ name, where }) => ({ name, where, memory: memory.get(name) }));
}
