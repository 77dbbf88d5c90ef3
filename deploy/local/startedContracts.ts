import type { Mesh } from './Mesh.ts';
import type { MeshRecord } from './settings/meshRecord.ts';
import { type MeshPlan, planMesh } from './topology/planMesh.ts';

/** Names of what was started with other contracts than there are now. */
export async function outdated({ plan }: Mesh, now?: MeshPlan): Promise<string[]> {
  const { processes } = now ?? (await planMesh(plan.settings, plan.binaries));
  const before = new Map(plan.processes.map((one) => [one.name, one]));
  return processes
    .filter(({ name, contracts }) => before.has(name) && before.get(name)?.contracts !== contracts)
    .map(({ name }) => name);
}

/** The plan with the contracts that those of its processes that run were started with. */
export function withContracts(
  plan: MeshPlan,
  { processes }: Pick<MeshRecord, 'processes'>,
): MeshPlan {
  const started = new Map(processes.map(({ name, contracts }) => [name, contracts]));
  return {
    ...plan,
    processes: plan.processes.map(({ contracts, ...process }) => ({
      ...process,
      contracts: started.has(process.name) ? started.get(process.name) : contracts,
    })),
  };
}
