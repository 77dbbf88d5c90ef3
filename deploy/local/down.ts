import { Command } from 'commander';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { stopMesh } from './stopMesh.ts';

const { home } = new Command('down')
  .description('Stop all processes of the mesh; its data are kept.')
  .addOption(homeOption())
  .parse()
  .opts<{ home: string }>();

await runCommand(async (progress) => {
  const started = Date.now();
  const wasRunning = await stopMesh(await locateHome(home), progress);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  progress.report(wasRunning ? `Stopped in ${seconds} s` : 'Nothing runs');
});
