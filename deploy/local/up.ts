import { Command, Option } from 'commander';
import { formatReports } from './cli/formatReports.ts';
import { homeOption } from './cli/homeOption.ts';
import { addPortOptions, choosePorts, type PortOptions } from './cli/portOptions.ts';
import { runCommand } from './cli/runCommand.ts';
import { tailLog } from './cli/tailLog.ts';
import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import type { Folders } from './settings/Folders.ts';
import { openHome } from './settings/openHome.ts';
import { defaultPorts } from './settings/ports.ts';
import { startData } from './startData.ts';
import { findMesh, startMesh } from './startMesh.ts';
import { UnhealthyError } from './supervisor/waitUntilHealthy.ts';

interface UpOptions extends PortOptions {
  readonly home: string;
  readonly controlPlanes: '1' | '2';
  readonly secure?: true;
  readonly databaseUrl?: string;
}

const command = new Command('up')
  .description('Start the whole mesh on this machine, in the background.')
  .addOption(homeOption())
  .addOption(
    new Option('--control-planes <number>', 'how many run side by side')
      .env('WEFT_CONTROL_PLANES')
      .choices(['1', '2'])
      .default('1'),
  )
  .option('--secure', "turn Consul's ACLs on: each process has a token for its own service only")
  .addOption(
    new Option(
      '--database-url <url>',
      'a PostgreSQL server of your own: a role that may create roles and databases',
    ).env('DATABASE_URL'),
  );
const options = addPortOptions(command, defaultPorts).parse().opts<UpOptions>();

await runCommand(async (progress) => {
  const folders = await openHome(options.home);
  const running = await findMesh(folders);
  const ports = choosePorts(options, running?.plan.settings.ports ?? defaultPorts);
  try {
    const mesh = await startMesh(
      {
        home: options.home,
        ports,
        controlPlanes: Number(options.controlPlanes) as 1 | 2,
        secure: options.secure ?? false,
        ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
      },
      progress,
    );
    if (!(await startData(mesh, progress))) process.exitCode = 1;
    await describe(mesh, progress);
  } catch (error) {
    if (error instanceof UnhealthyError) await showLog(error, folders);
    throw error;
  }
});

async function describe(mesh: Mesh, { report, signal }: Progress): Promise<void> {
  const { edgeUrl, plan } = mesh;
  report(`\n${formatReports(await mesh.reports(signal))}`);
  report(`Logs:  ${plan.folders.logs} (make logs S=analytics)`);
  report('Stop:  make down');
  report(`Try:   curl -s ${edgeUrl}/v1/assets/SP500/summary`);
  report(`       curl -N ${edgeUrl}/v1/assets/DEMO:watch`);
  report('       npx weft status');
  const { ports, secure } = plan.settings;
  if (!secure && JSON.stringify(ports) === JSON.stringify(defaultPorts)) return;
  const variables = Object.entries(mesh.environment).map(([name, value]) => `${name}=${value}`);
  report(`\nHere, weft needs:\nexport ${variables.join(' \\\n  ')}`);
}

async function showLog(error: UnhealthyError, folders: Folders): Promise<void> {
  const file = folders.logOf(error.process);
  process.stderr.write(`The end of ${file}:\n${await tailLog(file)}`);
}
