import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { Command } from 'commander';
import { execa } from 'execa';
import { homeOption } from './cli/homeOption.ts';
import { runCommand } from './cli/runCommand.ts';
import { locateHome } from './settings/locateHome.ts';

interface LogsOptions {
  readonly home: string;
  readonly lines: string;
  readonly follow: boolean;
}

const command = new Command('logs')
  .description("Show the end of the processes' logs and what comes after.")
  .argument('[process]', 'such as analytics; all of them by default')
  .addOption(homeOption())
  .option('-n, --lines <number>', 'lines to begin with, of each', '20')
  .option('--no-follow', 'end there')
  .parse();
const { home, lines, follow } = command.opts<LogsOptions>();
const [name] = command.args;

await runCommand(async ({ signal }) => {
  const folders = await locateHome(home);
  const present = (await readdir(folders.logs).catch(() => [])).filter((file) =>
    file.endsWith('.log'),
  );
  const files = name === undefined ? present : [`${name}.log`];
  if (name !== undefined && !existsSync(folders.logOf(name))) {
    const names = present.map((file) => file.slice(0, -4)).join(', ');
    throw new Error(`There is no log of ${name}; there are: ${names || 'none'}`);
  }
  if (files.length === 0) throw new Error('There are no logs yet (make up starts the mesh).');
  const how = follow ? ['-F'] : [];
  await execa('tail', ['-n', lines, ...how, ...files], {
    cwd: folders.logs,
    stdio: 'inherit',
    cancelSignal: signal,
    reject: false,
  });
});
