import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { execa } from 'execa';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { assertMeshFolder } from './settings/openHome.ts';
import { removeSocketFolder } from './settings/socketFolder.ts';
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
  await removeSocketFolder(folders.home);
  // PostgreSQL's user owns a part of it: unlike Node's own, this one follows no link that is put there meanwhile.
  await execa('rm', ['-rf', '--', folders.home]);
  progress.report(`Removed ${folders.home}`);
});
