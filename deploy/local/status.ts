import { join } from 'node:path';
import { clone } from '@weft/mesh/local';
import { Command } from 'commander';
import { execa } from 'execa';
import { formatReports } from './cli/formatReports.ts';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';
import { findMesh } from './startMesh.ts';

const { home } = new Command('status')
  .description(
    'Show what runs and where, and what Consul knows of it. Exits with 1 unless all of it is healthy.',
  )
  .addOption(homeOption())
  .parse()
  .opts<{ home: string }>();

await runCommand(async ({ report, signal }) => {
  const mesh = await findMesh(await locateHome(home));
  if (!mesh) throw new Error('The mesh does not run (make up starts it).');
  const reports = await mesh.reports(signal);
  report(formatReports(reports));
  await execa(process.execPath, [join(clone, 'mesh/cli/weft.ts'), 'status'], {
    env: mesh.environment,
    stdio: 'inherit',
    reject: false,
  });
  if (reports.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
});
