import { Mesh } from './Mesh.ts';
import { writeRecord } from './settings/meshRecord.ts';
import { configureSupervisor } from './setup/prepareMesh.ts';
import { stages } from './stages.ts';
import { withContracts } from './startedContracts.ts';
import { type MeshPlan, planMesh } from './topology/planMesh.ts';

/** Takes services away from a running mesh, with the engines that nothing else needs. */
export async function removeServices(mesh: Mesh, names: readonly string[]): Promise<Mesh> {
  const { settings, binaries, processes } = mesh.plan;
  const services = settings.services.filter((name) => !names.includes(name));
  const environments = Object.fromEntries(
    Object.entries(settings.environments).filter(([name]) => !names.includes(name)),
  );
  const now = await planMesh({ ...settings, services, environments }, binaries);
  const plan = withContracts(now, mesh.plan);
  const stays = new Set(plan.processes.map(({ name }) => name));
  const gone = processes.filter(({ name }) => !stays.has(name));
  // The services before the engines that they stand on.
  for (const stage of stages.toReversed()) {
    await mesh.supervisor.stop(
      gone.filter(({ group }) => stage.includes(group)).map(({ name }) => name),
    );
  }
  await adopt(plan, mesh);
  return new Mesh(plan);
}

/** Makes a mesh again what it was before more was added to it. */
export async function restore(mesh: Mesh, added: readonly string[]): Promise<void> {
  const present = (await mesh.supervisor.states()).map(({ name }) => name);
  await mesh.supervisor.stop(added.filter((name) => present.includes(name)));
  await adopt(mesh.plan, mesh);
}

/** Tells the supervisor, and those who come later, that this is what runs. */
async function adopt(plan: MeshPlan, { supervisor, environment }: Mesh): Promise<void> {
  await configureSupervisor(plan);
  await writeRecord(plan, environment);
  await supervisor.update();
}
