import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { assertNotNeeded } from './cli/assertNotNeeded.ts';
import { homeOption } from './cli/homeOption.ts';
import { onlyOption } from './cli/onlyOption.ts';
import { runCommand } from './cli/runCommand.ts';
import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import { removeServices } from './removeServices.ts';
import { locateHome } from './settings/locateHome.ts';
import { lockHome } from './settings/lockHome.ts';
import { findMesh } from './startMesh.ts';
import { stopMesh } from './stopMesh.ts';
import { namedServices } from './topology/chooseServices.ts';

const { home, only } = new Command('down')
  .description('Stop all processes of the mesh, or some services; data are kept.')
  .addOption(homeOption())
  .addOption(onlyOption('groups and services to stop'))
  .parse()
  .opts<{ home: string; only?: string[] }>();

await runCommand(async (progress) => {
  const started = Date.now();
  const folders = await locateHome(home);
  const release = existsSync(folders.home) ? await lockHome(folders, progress) : undefined;
  try {
    if (only) {
      const mesh = await findMesh(folders);
      return mesh ? await stopParts(mesh, only, progress) : progress.report('Nothing runs');
    }
    const wasRunning = await stopMesh(folders, progress);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    progress.report(wasRunning ? `Stopped in ${seconds} s` : 'Nothing runs');
  } finally {
    await release?.();
  }
});

async function stopParts(mesh: Mesh, names: string[], { report }: Progress): Promise<void> {
  const { known, services: running, processes } = mesh.plan;
  const named = namedServices(names, known).map(({ name }) => name);
  const going = named.filter((name) => running.some((service) => service.name === name));
  if (going.length === 0) return report(`${named.join(', ')}: not running`);
  assertNotNeeded(going, running);
  const left = (await removeServices(mesh, going)).plan;
  const stopped = processes.filter(
    (each) => !left.processes.some(({ name }) => name === each.name),
  );
  report(`Stopped ${stopped.map(({ name }) => name).join(', ')}`);
  const rest = left.processes.map(({ name }) => name).join(', ');
  report(left.services.length > 0 ? `Running: ${rest}` : `Running: ${rest} (make down stops them)`);
}
