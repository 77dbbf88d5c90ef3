import { join, resolve } from 'node:path';
import { clone, defaultHome } from '@weft/mesh/local';
import { Command, Option } from 'commander';
import { describeParts } from './cli/describeParts.ts';
import { formatReports } from './cli/formatReports.ts';
import { homeOption } from './cli/homeOption.ts';
import { onlyOption } from './cli/onlyOption.ts';
import { addPortOptions, choosePorts, type PortOptions } from './cli/portOptions.ts';
import { quote } from './cli/quote.ts';
import { readHints } from './cli/readHints.ts';
import { runCommand } from './cli/runCommand.ts';
import { tailLog } from './cli/tailLog.ts';
import type { Mesh } from './Mesh.ts';
import type { Progress } from './Progress.ts';
import type { Folders } from './settings/Folders.ts';
import { locateHome } from './settings/locateHome.ts';
import { openHome } from './settings/openHome.ts';
import { defaultPorts } from './settings/ports.ts';
import { warnOfPorts } from './setup/warnOfPorts.ts';
import { startData } from './startData.ts';
import { findMesh, startMesh } from './startMesh.ts';
import { UnhealthyError } from './supervisor/waitUntilHealthy.ts';

interface UpOptions extends PortOptions {
  readonly home: string;
  readonly controlPlanes: '1' | '2';
  readonly insecure?: true;
  readonly only?: string[];
  readonly services: string;
}

const command = new Command('up')
  .description(
    'Start the mesh on this machine, in the background: all services, or some, beside those that run.',
  )
  .addOption(homeOption())
  .addOption(onlyOption('groups and services to start, with what they call'))
  .addOption(
    new Option('--services <folder>', 'folder of the groups of services')
      .env('WEFT_SERVICES')
      .default(join(clone, 'services')),
  )
  .addOption(
    new Option('--control-planes <number>', 'how many run side by side')
      .env('WEFT_CONTROL_PLANES')
      .choices(['1', '2'])
      .default('1'),
  )
  .option('--insecure', "turn Consul's ACLs off: whoever reaches its port may do everything")
  .addHelpText(
    'after',
    `
DATABASE_URL, a variable because it holds a password, names a PostgreSQL server of your own: a role that may create roles
and databases.`,
  );
const options = addPortOptions(command, defaultPorts).parse().opts<UpOptions>();

await runCommand(async (progress) => {
  const { report } = progress;
  const servicesFolder = resolve(options.services);
  if (options.only) report(await describeParts(options.only, servicesFolder));
  const folders = await openHome(options.home);
  const running = await findMesh(folders);
  const ports = choosePorts(options, running?.plan.settings.ports ?? defaultPorts);
  const warning = await warnOfPorts(ports);
  if (warning) report(warning);
  try {
    const mesh = await startMesh(
      {
        home: options.home,
        ports,
        controlPlanes: Number(options.controlPlanes) as 1 | 2,
        insecure: options.insecure ?? false,
        servicesFolder,
        ...(options.only ? { only: options.only } : {}),
        ...(process.env.DATABASE_URL ? { databaseUrl: process.env.DATABASE_URL } : {}),
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
  const { processes } = plan;
  const example = processes.find(({ group }) => group === 'services') ?? processes[0];
  report(`Logs:  ${plan.folders.logs} (make logs S=${example?.name})`);
  report('Stop:  make down');
  for (const hint of await readHints(plan.services, plan.folders.home)) report(hint);
  const examples = plan.services.flatMap((service) => service.examples);
  const paths = examples.flatMap((example) => example.try ?? []);
  const commands = paths.map((path) => `curl -sN '${edgeUrl}${path}'`);
  // `weft` finds the mesh of its clone by itself; another one it has to be told.
  const isUsual = plan.folders.home === (await locateHome(defaultHome({}))).home;
  const which = isUsual ? '' : `WEFT_HOME=${quote(plan.folders.home)} `;
  report(`Try:   ${[...commands, `${which}npx weft status`].join('\n       ')}`);
}

async function showLog(error: UnhealthyError, folders: Folders): Promise<void> {
  const file = folders.logOf(error.process);
  process.stderr.write(`The end of ${file}:\n${await tailLog(file)}`);
}
