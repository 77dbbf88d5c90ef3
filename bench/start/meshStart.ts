import { startMesh } from '../../deploy/local/startMesh.ts';
import { MeshHome } from '../../deploy/local/testing/MeshHome.ts';
import type { Case, SuiteOptions } from '../harness/Suite.ts';

/** The whole mesh from nothing running to all healthy, as `make up` does it a second time. */
export async function meshStart(
  { signal }: SuiteOptions,
  cleanup: AsyncDisposableStack,
): Promise<Case> {
  const home = cleanup.use(await MeshHome.make());
  const turn = async () => {
    const begun = performance.now();
    const mesh = await startMesh({ home: home.path }, { report: () => {}, signal });
    const value = performance.now() - begun;
    const services = mesh.plan.processes.filter(({ group }) => group === 'services').length;
    await mesh.stop();
    return { value, errors: 0, extra: { processes: mesh.plan.processes.length, services } };
  };
  return {
    title:
      'start of the whole mesh, from nothing running to all healthy (data kept, programs cached)',
    unit: 'ms',
    mostRounds: 3,
    // The first makes the databases.
    warmUpSeconds: 1,
    contenders: [{ name: 'Weft', turn }],
  };
}
