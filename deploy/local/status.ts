import { Command } from 'commander';
import { formatReports } from './cli/formatReports.ts';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { findMesh } from './startMesh.ts';

const { home } = new Command('status')
  .description('Show what runs and where. Exits with 1 unless all of it is healthy.')
  .addOption(homeOption())
  .parse()
  .opts<{ home: string }>();

await runCommand(async ({ report, signal }) => {
  const mesh = await findMesh(await locateHome(home));
  if (!mesh) throw new Error('The mesh does not run (make up starts it).');
  const reports = await mesh.reports(signal);
  report(formatReports(reports));
  if (reports.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
});
