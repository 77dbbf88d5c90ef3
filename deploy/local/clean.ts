import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Command } from 'commander';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { assertMeshFolder } from './settings/openHome.ts';
import { stopMesh } from './stopMesh.ts';

const { home } = new Command('clean')
  .description('Stop the mesh and remove its state folder. Installed programs are kept.')
  .addOption(homeOption())
  .parse()
  .opts<{ home: string }>();

await runCommand(async (progress) => {
  const folders = await locateHome(home);
  await stopMesh(folders, progress);
  if (!existsSync(folders.home)) return progress.report(`Nothing to remove: no ${folders.home}`);
  await assertMeshFolder(folders.home);
  await rm(folders.home, { recursive: true });
  progress.report(`Removed ${folders.home}`);
});
