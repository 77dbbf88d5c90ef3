import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { lockHome } from './settings/lockHome.ts';
import { stopMesh } from './stopMesh.ts';

const { home } = new Command('down')
  .description('Stop all processes of the mesh; its data are kept.')
  .addOption(homeOption())
  .parse()
  .opts<{ home: string }>();

await runCommand(async (progress) => {
  const started = Date.now();
  const folders = await locateHome(home);
  const release = existsSync(folders.home) ? await lockHome(folders, progress) : undefined;
  const wasRunning = await stopMesh(folders, progress);
  await release?.();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  progress.report(wasRunning ? `Stopped in ${seconds} s` : 'Nothing runs');
});
